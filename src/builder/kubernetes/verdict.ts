import { BuildError } from '../error.ts';
import { explainBuild } from './explain.ts';
import { CONTAINER } from './objects/job.ts';
import type { ClusterEvent, Job, Pod } from './schema.ts';

/** What the API server says of one build now. */
export interface Seen {
  readonly job: Job | undefined;
  /** It was there, and is not any more. */
  readonly isJobGone: boolean;
  readonly pods: readonly Pod[];
  /** As they last were. */
  readonly gonePods: readonly Pod[];
  readonly events: readonly ClusterEvent[];
}

export interface Waiting {
  readonly state: 'waiting';
  /** What for, where the cluster says it. */
  readonly why?: string;
  /** Nothing to be told: it is so for a moment with many pods. */
  readonly isUsual?: boolean;
  /** The Job is gone: its pod has ended soon, or is lost. */
  readonly isLeaving?: boolean;
}

export interface Failed {
  readonly state: 'failed';
  /** Where there is a log. */
  readonly pod?: Pod;
  readonly error: BuildError;
}

/** What that means. */
export type Verdict =
  | Waiting
  | { readonly state: 'running'; readonly pod: Pod }
  | { readonly state: 'succeeded'; readonly pod: Pod; readonly digest: string }
  | Failed;

const DIGEST = /"containerimage\.digest": *"(sha256:[0-9a-f]{64})"/;

/** Waiting reasons of a container that do not pass by themselves. */
const FOR_GOOD: ReadonlySet<string> = new Set([
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** Judges a build by its pod where there is one, since that is sooner right than the Job. */
export function judge({ job, isJobGone, pods, gonePods, events }: Seen): Verdict {
  if (isJobGone) return judgeGone(pods, gonePods);
  const pod = newest(pods);
  const ended = pod === undefined ? undefined : judgeEnded(pod);
  // An image that is pushed is there, whatever met its Job in the same moment.
  if (ended?.state === 'succeeded') return ended;
  // Past its time a pod is ended from outside: then the Job says why.
  const late = failedCondition(job, 'DeadlineExceeded');
  if (late !== undefined) return { state: 'failed', ...withPod(pod), error: tooLate() };
  if (ended !== undefined) return ended;
  const failed = failedCondition(job);
  if (failed !== undefined)
    return { state: 'failed', ...withPod(pod), error: failedJob(failed.reason, failed.message) };
  if (pod === undefined) return judgeWithoutPod(events);
  if (stateOf(pod)?.running) return { state: 'running', pod };
  return judgeWaiting(pod, events);
}

/** Somebody removed the Job: what its pod said before counts all the same. */
function judgeGone(pods: readonly Pod[], gonePods: readonly Pod[]): Verdict {
  const pod = newest([...pods, ...gonePods]);
  const ended = pod === undefined ? undefined : judgeEnded(pod);
  if (ended !== undefined && ended.state !== 'waiting') return ended;
  // Jobs and pods are heard of over two connections: that the pod had ended before may be still on its way.
  if (pod !== undefined && ended === undefined && pods.includes(pod))
    return { state: 'waiting', why: "somebody removed the build's Job", isUsual: true, isLeaving: true };
  return { state: 'failed', error: jobRemoved() };
}

/** Nobody knows how it would have ended. */
export const jobRemoved = (): BuildError =>
  new BuildError('backend-failed', "somebody removed the build's Job");

const newest = (pods: readonly Pod[]): Pod | undefined =>
  pods.toSorted((a, b) => startOf(a) - startOf(b)).at(-1);
const startOf = ({ metadata }: Pod): number => Date.parse(metadata.creationTimestamp ?? '') || 0;
const withPod = (pod: Pod | undefined): { readonly pod?: Pod } => (pod === undefined ? {} : { pod });

export const stateOf = (pod: Pod) =>
  pod.status?.containerStatuses?.find(({ name }) => name === CONTAINER)?.state ?? undefined;

function judgeEnded(pod: Pod): Verdict | undefined {
  const ended = stateOf(pod)?.terminated;
  if (ended) return judgeTerminated(pod, ended);
  if (pod.status?.phase !== 'Failed') return undefined;
  const { reason, message } = pod.status;
  const error = new BuildError(
    reason === 'DeadlineExceeded' ? 'time-limit' : 'backend-failed',
    `the cluster ended the build's pod: ${message ?? reason ?? 'it does not say why'}`,
  );
  return { state: 'failed', pod, error };
}

function judgeTerminated(
  pod: Pod,
  {
    exitCode,
    reason,
    message,
  }: { exitCode: number; reason?: string | undefined; message?: string | undefined },
): Verdict {
  const digest = DIGEST.exec(message ?? '')?.[1];
  if (exitCode === 0 && digest !== undefined) return { state: 'succeeded', pod, digest };
  if (exitCode === 0) {
    const error = new BuildError('backend-failed', 'the builder ended well, but did not say what it made');
    return { state: 'failed', pod, error };
  }
  if (reason === 'OOMKilled') {
    const error = new BuildError('backend-failed', 'the build needed more memory than its pod may have');
    return { state: 'failed', pod, error };
  }
  // Somebody removes the pod, and the Job has not said yet what that means.
  if (pod.metadata.deletionTimestamp) return { state: 'waiting', why: "the cluster removes the build's pod" };
  // Evicted, or its node is going: what the container says of itself is only that it was killed.
  if (pod.status?.reason !== undefined && pod.status.reason !== '') {
    const why = pod.status.message ?? pod.status.reason;
    return {
      state: 'failed',
      pod,
      error: new BuildError('backend-failed', `the cluster ended the build's pod: ${why}`),
    };
  }
  return { state: 'failed', pod, error: explainBuild(message ?? '', exitCode) };
}

function judgeWithoutPod(events: readonly ClusterEvent[]): Verdict {
  const refused = events.findLast(
    ({ reason, involvedObject }) => reason === 'FailedCreate' && involvedObject.kind === 'Job',
  );
  if (refused === undefined) return { state: 'waiting' };
  const why = refused.message ?? '';
  // A quota is free again when another build has ended; what admission refuses it refuses the next time too.
  if (/forbidden|denied the request|violates/i.test(why) && !/exceeded quota/i.test(why))
    return {
      state: 'failed',
      error: new BuildError('backend-failed', `the cluster does not let the build's pod in: ${why}`),
    };
  return { state: 'waiting', why };
}

function judgeWaiting(pod: Pod, events: readonly ClusterEvent[]): Verdict {
  const waiting = stateOf(pod)?.waiting;
  if (waiting?.reason !== undefined && FOR_GOOD.has(waiting.reason)) {
    const message = `the build's container cannot start: ${waiting.reason}: ${waiting.message ?? ''}`;
    return { state: 'failed', error: new BuildError('backend-failed', message) };
  }
  const unscheduled = pod.status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  if (unscheduled !== undefined)
    return { state: 'waiting', why: `no node takes the pod: ${unscheduled.message ?? unscheduled.reason}` };
  if (waiting?.message) return { state: 'waiting', why: `${waiting.reason}: ${waiting.message}` };
  const event = events.findLast(({ involvedObject }) => involvedObject.uid === pod.metadata.uid);
  // The ConfigMap is made after the Job that it belongs to, and a node may look sooner.
  return event?.message
    ? { state: 'waiting', why: event.message, isUsual: event.reason === 'FailedMount' }
    : { state: 'waiting' };
}

const failedCondition = (job: Job | undefined, reason?: string) =>
  job?.status?.conditions?.find(
    (each) =>
      each.type === 'Failed' && each.status === 'True' && (reason === undefined || each.reason === reason),
  );

const tooLate = (): BuildError =>
  new BuildError('time-limit', 'the build took longer than it may: the cluster ended it');

const failedJob = (reason: string | undefined, message: string | undefined): BuildError =>
  new BuildError(
    'backend-failed',
    `the build's Job failed: ${message ?? reason ?? 'the cluster does not say why'}`,
  );

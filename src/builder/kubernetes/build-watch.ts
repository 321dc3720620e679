import { type KubernetesApi, ResourceWatch } from './client/index.ts';
import { LABEL, ownLabels, selectorOf } from './labels.ts';
import { podPrefix } from './objects/names.ts';
import { ClusterEvent, Job, Pod } from './schema.ts';
import type { ResolvedSettings } from './settings.ts';
import type { Seen } from './verdict.ts';

/** What happens to all builds of an installation, over three connections for any number of them. */
export interface BuildWatches extends AsyncDisposable {
  /** Begins to look after one build. */
  view(id: string, jobName: string): BuildView;
}

/** One build, seen from the API server. */
export interface BuildView extends Disposable {
  /** As far as was heard. Throws where nothing is heard any more. */
  now(): Seen;
  /** From now on it is about the Job with this uid, and not about another that had its name. */
  about(jobUid: string): void;
  /** Resolves when something changed since the last call. Rejects when the signal aborts. */
  changed(signal: AbortSignal): Promise<void>;
}

export function openBuildWatches(
  api: KubernetesApi,
  { namespace, instance }: ResolvedSettings,
): BuildWatches {
  const ours = { labelSelector: selectorOf(ownLabels(instance)) };
  const idOf = (item: Job | Pod): string | undefined => item.metadata.labels?.[LABEL.build];
  const core = `/api/v1/namespaces/${namespace}`;
  const jobs = new ResourceWatch({
    api,
    path: `/apis/batch/v1/namespaces/${namespace}/jobs`,
    query: ours,
    schema: Job,
    keyOf: idOf,
    what: `the Jobs of ${namespace}`,
  });
  const pods = new ResourceWatch({
    api,
    path: `${core}/pods`,
    query: ours,
    schema: Pod,
    keyOf: idOf,
    what: `the pods of ${namespace}`,
  });
  const events = new ResourceWatch({
    api,
    path: `${core}/events`,
    query: { fieldSelector: 'type=Warning' },
    schema: ClusterEvent,
    keyOf: eventKey,
    what: `the events of ${namespace}`,
  });
  return {
    view: (id, jobName) => createView({ jobs, pods, events }, id, jobName),
    async [Symbol.asyncDispose]() {
      await Promise.all([jobs, pods, events].map(async (each) => await each[Symbol.asyncDispose]()));
    },
  };
}

/** The beginning of the names of a Job's pods: an event knows only whom it is about. */
function eventKey({ involvedObject: { kind, name } }: ClusterEvent): string | undefined {
  if (name === undefined) return undefined;
  if (kind === 'Job') return podPrefix(name);
  return kind === 'Pod' ? name.slice(0, -5) : undefined; // five characters of chance
}

interface Sources {
  readonly jobs: ResourceWatch<Job>;
  readonly pods: ResourceWatch<Pod>;
  readonly events: ResourceWatch<ClusterEvent>;
}

function createView({ jobs, pods, events }: Sources, id: string, jobName: string): BuildView {
  let wake = Promise.withResolvers<void>();
  let uid: string | undefined;
  const seenJobs = new Set<string>();
  // Kept when they are gone: how a pod ended is often heard together with its removal.
  const seenPods = new Map<string, Pod>();
  const key = podPrefix(jobName);
  const unsubscribe = [
    jobs.subscribe(id, (job) => {
      if (job !== undefined) seenJobs.add(job.metadata.uid);
      wake.resolve();
    }),
    pods.subscribe(id, (pod) => {
      if (pod !== undefined) seenPods.set(pod.metadata.uid, pod);
      wake.resolve();
    }),
    events.subscribe(key, () => wake.resolve()),
  ];
  return {
    now() {
      // Events only explain: where a role does not let us see them, builds go on.
      const failure = jobs.failure ?? pods.failure;
      if (failure !== undefined) throw failure;
      const job = jobs.of(id).find(({ metadata }) => metadata.uid === uid);
      const there = new Set(pods.of(id).map(({ metadata }) => metadata.uid));
      const own = [...seenPods.values()].filter(({ metadata }) =>
        metadata.ownerReferences?.some((owner) => owner.uid === uid),
      );
      return {
        job,
        isJobGone: job === undefined && uid !== undefined && seenJobs.has(uid),
        pods: own.filter(({ metadata }) => there.has(metadata.uid)),
        gonePods: own.filter(({ metadata }) => !there.has(metadata.uid)),
        events: events.of(key),
      };
    },
    about(jobUid) {
      uid = jobUid;
    },
    async changed(signal) {
      signal.throwIfAborted();
      const aborted = Promise.withResolvers<never>();
      const onAbort = (): void => aborted.reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        await Promise.race([wake.promise, aborted.promise]);
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
      wake = Promise.withResolvers();
    },
    [Symbol.dispose]() {
      for (const end of unsubscribe) end();
    },
  };
}

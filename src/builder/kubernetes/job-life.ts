import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { BuildWork } from '../backend.ts';
import { BuildError } from '../error.ts';
import type { BuildView } from './build-watch.ts';
import { type Cluster, hasEnded } from './cluster.ts';
import { ANNOTATION, LABEL, selectorOf } from './labels.ts';
import { contextOf } from './objects/context.ts';
import { dockerConfigFor, secretOf } from './objects/docker-config.ts';
import { jobOf } from './objects/job.ts';
import { type JobRef, secretName, workDigest } from './objects/names.ts';
import { Job } from './schema.ts';
import type { ResolvedSettings } from './settings.ts';

/** How long a pod that was told to go may take; its own time for that is seconds, but its node may be lost. */
const REMOVAL_LIMIT_MS = 25_000;
/** A pod's end is heard; this is for the case that the news is lost. */
const LOOK_AGAIN_MS = 2_000;
/** What belonged to a Job that is gone goes within a moment, on a busy cluster within half a minute. */
const MAKE_AGAIN_MS = [50, 200, 500, 1_000, ...Array<number>(12).fill(2_000)];

const Anything = z.unknown();

/** What making and removing a Job needs to know. */
export interface JobLife {
  readonly cluster: Cluster;
  readonly settings: ResolvedSettings;
  readonly work: BuildWork;
  readonly view: BuildView;
}

/**
 * Makes the Job of a build, then what its pod waits for, which belongs to the Job from the start. The same build that another
 * process began is taken over; what else has its name is removed first.
 */
export async function ensureJob(life: JobLife, signal: AbortSignal): Promise<void> {
  const { cluster, settings, work } = life;
  const own = needsOwnSecret(work);
  const secret = own ? secretName(work.jobName) : work.destination.secretName;
  const { isNew, ...job } = await makeOrAdopt(life, jobOf(work, settings, secret), signal);
  life.view.about(job.uid);
  const make = (kind: 'ConfigMap' | 'Secret', object: object): Promise<void> =>
    makeOwned(cluster, { kind, object, isNew }, signal);
  await Promise.all([
    make('ConfigMap', contextOf(work, settings, job)),
    own ? make('Secret', ownSecret(life, job)) : undefined,
  ]);
}

/**
 * Makes what a Job's pod waits for. What is there under that name belongs to the Job, where that was taken over; beside a new Job it
 * belongs to one before, and goes with that: then it is made once it is gone.
 */
async function makeOwned(
  cluster: Cluster,
  { kind, object, isNew }: { readonly kind: 'ConfigMap' | 'Secret'; readonly object: object; isNew: boolean },
  signal: AbortSignal,
): Promise<void> {
  for (const pauseMs of [...MAKE_AGAIN_MS, undefined]) {
    const made = await cluster.create(kind, object, Anything, signal);
    if (made !== undefined || !isNew || pauseMs === undefined) return;
    await wait(pauseMs, undefined, { signal });
  }
}

const needsOwnSecret = ({ destination }: BuildWork): boolean =>
  destination.credentials !== undefined && destination.secretName === undefined;

function ownSecret({ settings, work }: JobLife, job: JobRef): object {
  const { pushHost, pullHost, credentials } = work.destination;
  if (credentials === undefined) throw new Error('a Secret without a login'); // `needsOwnSecret` was asked
  return secretOf(work, settings, {
    job,
    config: dockerConfigFor([...new Set([pushHost, pullHost])], credentials),
  });
}

async function makeOrAdopt(
  life: JobLife,
  job: object,
  signal: AbortSignal,
): Promise<JobRef & { readonly isNew: boolean }> {
  const { cluster, work } = life;
  // Twice: what stood in the way is removed once.
  for (const isLast of [false, true]) {
    const made = await cluster.create('Job', job, Job, signal);
    if (made !== undefined) return { ...refOf(made), isNew: true };
    const there = await cluster.find('Job', work.jobName, Job, signal);
    if (there === undefined) continue;
    if (await isOurs(life, there, signal)) return { ...refOf(there), isNew: false };
    if (isLast || there.metadata.labels?.[LABEL.build] !== work.id) break;
    await removeJob(life, signal);
  }
  throw new BuildError(
    'backend-failed',
    `there is another Job called ${work.jobName} in ${cluster.namespace}`,
  );
}

const refOf = ({ metadata: { name, uid } }: Job): JobRef => ({ name, uid });

/** Whether a Job goes on with this very work, or has ended and still says how. */
async function isOurs(
  { cluster, work }: JobLife,
  { metadata, ...job }: Job,
  signal: AbortSignal,
): Promise<boolean> {
  const { labels, annotations, deletionTimestamp } = metadata;
  if (deletionTimestamp || labels?.[LABEL.build] !== work.id) return false;
  if (annotations?.[ANNOTATION.work] !== workDigest(work)) return false;
  if (!hasEnded({ metadata, ...job })) return true;
  return (await cluster.pods(selectorOf({ [LABEL.build]: work.id }), signal)).length > 0;
}

/** Removes the Job; what belongs to it goes with it. */
export async function deleteJob({ cluster, work }: JobLife, signal?: AbortSignal): Promise<void> {
  await cluster.remove('Job', work.jobName, signal);
}

/**
 * The same, and resolves when its pod is gone: nothing of it goes on any more. Throws `BuildError` where it does not go.
 */
export async function removeJob(life: JobLife, signal?: AbortSignal): Promise<void> {
  await deleteJob(life, signal);
  const limit = AbortSignal.timeout(REMOVAL_LIMIT_MS);
  const stop = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  await untilPodIsGone(life, stop).catch((cause: unknown) => {
    signal?.throwIfAborted();
    if (!limit.aborted) throw cause;
    const { work, cluster } = life;
    const message = `the pod of ${work.jobName} in ${cluster.namespace} was told to go, and is there after ${REMOVAL_LIMIT_MS / 1000} s: its node may be lost`;
    throw new BuildError('backend-failed', message, { cause });
  });
}

async function untilPodIsGone({ cluster, work, view }: JobLife, stop: AbortSignal): Promise<void> {
  while ((await cluster.pods(selectorOf({ [LABEL.build]: work.id }), stop)).length > 0) {
    const either = new AbortController();
    const both = AbortSignal.any([stop, either.signal]);
    const news = [view.changed(both), wait(LOOK_AGAIN_MS, undefined, { signal: both })];
    try {
      await Promise.race(news);
    } finally {
      either.abort();
      await Promise.allSettled(news);
    }
  }
}

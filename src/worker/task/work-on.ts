import { satisfies } from '../../auth/index.ts';
import { formatDuration, type Result } from '../../kernel/index.ts';
import type { CacheLease } from '../caches/index.ts';
import type { StartedFeatures } from '../features/feature-table.ts';
import type { EnsuredImage } from '../images/index.ts';
import { mistakesText, type PayloadMistake, type TaskPayload } from '../payload/index.ts';
import { containerSpec, environmentOf } from './container-spec.ts';
import { type ContainerAddition, TaskFailure, type TaskOutcome } from './feature.ts';
import { linkFeatures } from './features-at-work.ts';
import { reasonOf } from './log-lines.ts';
import { type ContainerEnd, runContainer } from './run-container.ts';
import { runPipeline } from './run-pipeline.ts';
import type { RunnerParts } from './run-task.ts';
import { createStop } from './stop-source.ts';
import type { TaskContext } from './task-context.ts';
import { within } from './within.ts';

/** How the work of a run ended, and what of it is still held. */
export interface WorkEnd extends ContainerEnd {
  readonly leases: readonly CacheLease[];
}

export interface Work {
  readonly parts: RunnerParts;
  readonly features: StartedFeatures;
  readonly parsed: Result<TaskPayload, readonly PayloadMistake[]>;
}

/** Sets a run up and runs its container, or its pipeline. Does not reject. */
export async function workOn(task: TaskContext, work: Work): Promise<WorkEnd> {
  const leases: CacheLease[] = [];
  try {
    const prepared = await prepare(task, work);
    task.signal.throwIfAborted();
    return { ...(await run(task, { work, prepared, leases })), leases };
  } catch (failure) {
    const endedEarly = task.signal.aborted ? 'aborted' : work.parsed.ok ? 'setup' : 'malformed';
    const outcome: TaskOutcome = { success: false, exitCode: -1, endedEarly };
    return { outcome, failure, leases };
  }
}

interface Prepared {
  readonly payload: TaskPayload;
  /** Absent: a pipeline. */
  readonly image?: EnsuredImage;
  readonly additions: readonly ContainerAddition[];
}

/** Features, payload and image, within the time for it. The image comes while features begin. */
async function prepare(task: TaskContext, { parts, features, parsed }: Work): Promise<Prepared> {
  const ms = task.settings.setupTimeoutMs;
  const message = `Setting the task up took longer than ${formatDuration(ms)}: it was given up.`;
  return await within({ ms, message, signal: task.signal }, async (signal) => {
    const giveUp = new AbortController();
    const isSound = parsed.ok && features.problem === undefined;
    const wanted = isSound ? parsed.value.image : undefined;
    const either = AbortSignal.any([signal, giveUp.signal]);
    const coming =
      wanted === undefined
        ? undefined
        : task.span.during('image', () => parts.images.ensure(task, wanted, either));
    coming?.catch(() => {}); // it is waited for below, unless something else is the matter
    try {
      const additions = await linkFeatures(task, features.active);
      if (!parsed.ok) throw new TaskFailure(mistakesText(parsed.error), { exception: 'malformed-payload' });
      if (features.problem !== undefined) throw features.problem;
      if (parsed.value.pipeline !== undefined && parts.runPipeline === undefined) throw noPipelines();
      if (coming === undefined) return { payload: parsed.value, additions };
      const image = await ensured(task, coming);
      const { id, artifactSha256 } = image;
      task.findings.image = { id, ...(artifactSha256 !== undefined && { artifactSha256 }) };
      return { payload: parsed.value, additions, image };
    } catch (error) {
      giveUp.abort(error);
      throw error;
    }
  });
}

const noPipelines = (): TaskFailure =>
  new TaskFailure('`task.payload.pipeline` is not for this worker: it runs containers of images only.', {
    exception: 'malformed-payload',
  });

async function ensured({ log, signal }: TaskContext, coming: Promise<EnsuredImage>): Promise<EnsuredImage> {
  try {
    return await coming;
  } catch (error) {
    if (signal.aborted) throw error;
    log.error('Pulling docker image has failed.');
    throw new TaskFailure(`Error: ${reasonOf(error)}`, { cause: error });
  }
}

interface Running {
  readonly work: Work;
  readonly prepared: Prepared;
  /** Takes what is held, whatever happens next. */
  readonly leases: CacheLease[];
}

async function run(task: TaskContext, { work, prepared, leases }: Running): Promise<ContainerEnd> {
  const { payload, image, additions } = prepared;
  const { maxRunTime } = payload;
  checkCaches(task, payload);
  if (image !== undefined) await takeCaches(task, { work, payload, leases });
  const spec = image && containerSpec(task, { payload, image, additions, caches: leases });
  const { log, findings, now } = task;
  log.line('=== Task Starting ===');
  findings.containerStartedAt = now();
  using stop = createStop(task, maxRunTime);
  try {
    if (spec !== undefined) {
      const { active } = work.features;
      return await task.span.during('container', () => runContainer(task, { spec, active, stop }));
    }
    const { runPipeline: pipeline } = work.parts;
    if (pipeline === undefined) throw noPipelines();
    const environment = environmentOf(task, { payload, additions });
    return await task.span.during('pipeline', () =>
      runPipeline(task, { run: pipeline, payload, environment, stop }),
    );
  } finally {
    findings.containerEndedAt = now();
    log.line('=== Task Finished ===');
  }
}

/** Throws `TaskFailure` where the task may not have a cache that it names. */
function checkCaches({ scopes, identity }: TaskContext, { cache }: TaskPayload): void {
  const refused = (why: string): TaskFailure =>
    new TaskFailure(`Docker configuration could not be created. ${why}`);
  for (const name of Object.keys(cache)) {
    if (name.includes('::'))
      throw refused(`Invalid key name was provided: the cache ${JSON.stringify(name)} has "::".`);
    const scope = `docker-worker:cache:${name}`;
    const poolScope = `${scope}:${identity.taskQueueId}`;
    if (satisfies(scopes, { AnyOf: [scope, poolScope] })) continue;
    throw refused(
      `Insufficient scopes to attach cache volumes. The task must have the scope ${scope} or ${poolScope} in task.scopes.`,
    );
  }
}

async function takeCaches(
  task: TaskContext,
  { work, payload, leases }: { work: Work; payload: TaskPayload; leases: CacheLease[] },
): Promise<void> {
  try {
    for (const name of Object.keys(payload.cache)) {
      const lease = await work.parts.caches.acquire(name);
      leases.push(lease);
      task.findings.cacheFolders.set(name, lease.folder);
    }
  } catch (cause) {
    const message = `Docker configuration could not be created. A cache could not be made: ${reasonOf(cause)}`;
    throw new TaskFailure(message, { cause, exception: 'resource-unavailable' });
  }
}

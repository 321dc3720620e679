import { formatDuration } from '../../kernel/index.ts';
import type { Caches } from '../caches/index.ts';
import type { StartedFeatures } from '../features/feature-table.ts';
import type { ImageManager } from '../images/index.ts';
import { parsePayload } from '../payload/index.ts';
import type { RunTask } from '../work/task-parts.ts';
import { TaskFailure, type TaskOutcome } from './feature.ts';
import { stopFeatures, type Trouble } from './features-at-work.ts';
import { reasonOf, writeHeader, writeTrailer } from './log-lines.ts';
import type { RunPipelinePayload } from './pipeline-run.ts';
import { type Resolution, RunAbort } from './resolution.ts';
import { resolveRun } from './resolve-run.ts';
import type { TaskContext } from './task-context.ts';
import { within } from './within.ts';
import { type WorkEnd, workOn } from './work-on.ts';

/** What all runs of a worker share. */
export interface RunnerParts {
  /** Chooses what is at work for a run. Throws nothing. */
  readonly features: { start(task: TaskContext): StartedFeatures };
  readonly images: ImageManager;
  readonly caches: Caches;
  /** Absent: this worker runs no pipelines. */
  readonly runPipeline?: RunPipelinePayload;
}

/** Makes what runs one claimed run from its beginning to what is to be reported of it. */
export const createTaskRunner =
  (parts: RunnerParts): RunTask =>
  (task) =>
    runTask(task, parts);

async function runTask(task: TaskContext, parts: RunnerParts): Promise<Resolution> {
  const { log, claim, settings } = task;
  log.addSecrets([claim.credentials.accessToken]);
  using _renewals = task.onCredentials(({ accessToken }) => log.addSecrets([accessToken]));
  using _aborts = sayAborts(task);
  const parsed = parsePayload(claim.task.payload, {
    expires: claim.task.expires,
    defaultMaxRunTimeSeconds: settings.defaultMaxRunTimeSeconds,
  });
  const payload = parsed.ok ? parsed.value : undefined;
  if (payload !== undefined) task.findings.payload = payload;
  writeHeader(task, payload);
  const features = parts.features.start(task);
  const end = await workOn(task, { parts, features, parsed });
  // Of an abort the log has a line already.
  if (end.failure !== undefined && !task.signal.aborted) log.error(reasonOf(end.failure));
  const troubles = await finish(task, features, end.outcome);
  await letGo(task, end);
  const { outcome, failure } = end;
  return resolveRun({ outcome, failure, payload, troubles, signal: task.signal });
}

/** Says in the log why a run ends before its time, when it happens. */
function sayAborts({ signal, log, record }: TaskContext): Disposable {
  const say = (): void => {
    const reason = signal.reason instanceof RunAbort ? signal.reason.reason : 'internal-error';
    record('task aborted', { reason });
    if (reason === 'canceled') log.error('Task was canceled by another entity.');
    else log.error(`Task has been aborted prematurely. Reason: ${reason}`);
  };
  if (signal.aborted) say();
  else signal.addEventListener('abort', say, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', say) };
}

/** Stores what the run made, ends its log and stores that. */
async function finish(
  task: TaskContext,
  features: StartedFeatures,
  outcome: TaskOutcome,
): Promise<readonly Trouble[]> {
  const { log } = task;
  const stopped =
    outcome.containerId === undefined ? [] : await storing(task, features, { hook: 'stopped', outcome });
  for (const { error } of stopped) if (error instanceof TaskFailure) log.error(error.message);
  const shown = stopped.length === 0 ? outcome : { ...outcome, success: false, exitCode: -1 };
  writeTrailer(task, shown);
  const ended = await log.end().then(
    () => [],
    (error: unknown) => [{ feature: 'log', error }],
  );
  const killed = await storing(task, features, { hook: 'killed', outcome: shown });
  return [...stopped, ...ended, ...killed];
}

/** Calls the hooks that store things, which look at the run's signal themselves, for as long as that may take. */
async function storing(
  task: TaskContext,
  { active }: StartedFeatures,
  stop: { readonly hook: 'stopped' | 'killed'; readonly outcome: TaskOutcome },
): Promise<readonly Trouble[]> {
  const ms = task.settings.uploadTimeoutMs;
  const message = `Storing what the task made took longer than ${formatDuration(ms)}: it was given up.`;
  try {
    return await within({ ms, message }, () => stopFeatures(task, active, stop));
  } catch (error) {
    task.record('upload timeout', { hook: stop.hook, limitMs: ms });
    if (stop.hook === 'stopped') task.log.error(message);
    return [{ feature: stop.hook, error }];
  }
}

/** Hands over the container, and gives back the caches when nothing uses them any more. */
async function letGo(task: TaskContext, { outcome, leases, runsOn = false }: WorkEnd): Promise<void> {
  const { containerId, exitCode, success } = outcome;
  const isListed = task.findings.payload?.onExitStatus.purgeCaches.includes(exitCode) ?? false;
  if (!success && isListed) await Promise.all(leases.map((lease) => lease.purge()));
  const removed = containerId === undefined ? Promise.resolve() : task.garbage.removeContainer(containerId);
  const release = async (): Promise<void> => {
    await Promise.all(leases.map((lease) => lease.release()));
  };
  if (!runsOn) return await release();
  removed
    .then(release)
    .catch((error: unknown) => task.record('cache volume release error', { error: reasonOf(error) }));
}

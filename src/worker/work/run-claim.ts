import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Claim } from '../../queue-api/index.ts';
import type { QueueClient } from '../../queue-client/index.ts';
import type { Span } from '../../telemetry/index.ts';
import { runFolder } from '../garbage/leftovers.ts';
import { taskLabels } from '../labels.ts';
import { type Resolution, RunAbort } from '../task/resolution.ts';
import type { TaskContext } from '../task/task-context.ts';
import { workerTrouble } from '../task/worker-trouble.ts';
import { errorFacts } from './error-facts.ts';
import { type ClaimState, claimState, type KeptClaim, keepClaim } from './keep-claim.ts';
import { reportRun } from './report-run.ts';
import { markRuns, unmarkRun } from './run-marks.ts';
import { createRunSignals, type RunSignals } from './run-signals.ts';
import { endRunSpan, runSpan } from './run-span.ts';
import { taskScopes } from './task-scopes.ts';
import { watchRun } from './watch-run.ts';
import type { WorkerScope } from './worker-scope.ts';

/**
 * A claimed run from its claim to its report. Does not reject.
 * @param look - at the machine, before a run goes back that it could not go on with: whoever waits for work here is not to get it
 */
export async function runClaim(claim: Claim, scope: WorkerScope, look: () => Promise<void>): Promise<void> {
  const { record, stop, clock, settings } = scope;
  const { taskId } = claim.status;
  const { runId } = claim;
  const state = claimState(claim);
  const queue = scope.queue.with({ credentials: () => state.credentials });
  using signals = createRunSignals(stop.running, () => clock.untilMs(state.takenUntil));
  const { reclaimDivisor } = settings;
  const kept = keepClaim(state, { claim, queue, clock, record, reclaimDivisor, onLost: signals.lost });
  try {
    const resolution = await runWatched({ claim, queue, state, kept, signals }, scope);
    if (isGivenBack(resolution) && !signals.ended.aborted) await look();
    kept.stop();
    const { holds } = kept;
    const report = { queue, taskId, runId, holds, record, signal: stop.running };
    if (await reportRun(resolution, report)) await unmarkRun(scope.folder, { taskId, runId });
  } finally {
    kept.stop();
  }
}

const isGivenBack = (resolution: Resolution): boolean =>
  resolution.type === 'exception' && resolution.reason === 'worker-shutdown';

interface ClaimedRun {
  readonly claim: Claim;
  readonly queue: QueueClient;
  readonly state: ClaimState;
  readonly kept: KeptClaim;
  readonly signals: RunSignals;
}

const abortReason = (signal: AbortSignal): RunAbort['reason'] | undefined =>
  signal.reason instanceof RunAbort ? signal.reason.reason : undefined;

/** Runs the task, and looks meanwhile whether somebody else has resolved it. */
async function runWatched(run: ClaimedRun, scope: WorkerScope): Promise<Resolution> {
  const { claim, queue, signals } = run;
  const { ended } = signals;
  const { taskId } = claim.status;
  const { runId } = claim;
  const watching = new AbortController();
  const watched = watchRun(queue, { taskId, runId }, watching.signal).then((isOver) => {
    if (!isOver || ended.aborted) return;
    scope.record('cancel task', {
      taskId,
      runId,
      reason: 'canceled',
      why: 'somebody else has resolved the run',
    });
    signals.abort(new RunAbort('canceled'));
  });
  const span = runSpan(claim, scope);
  try {
    const resolution = await runInFolder(run, scope, span);
    endRunSpan(span, resolution);
    return abortReason(ended) === 'canceled' ? { type: 'none' } : resolution;
  } catch (error) {
    // Whatever a task can do is a resolution; this is trouble of the worker or its machine.
    scope.record('task error', { taskId, runId, ...errorFacts(error) });
    const reason = abortReason(ended) ?? workerTrouble(error);
    const resolution: Resolution = reason === 'canceled' ? { type: 'none' } : { type: 'exception', reason };
    endRunSpan(span, resolution);
    return resolution;
  } finally {
    watching.abort();
    await watched;
  }
}

async function runInFolder(run: ClaimedRun, scope: WorkerScope, span: Span): Promise<Resolution> {
  const { claim } = run;
  const facts = { taskId: claim.status.taskId, runId: claim.runId };
  const folder = join(scope.folder, runFolder(facts));
  await mkdir(folder, { recursive: true });
  using core = scope.cores?.take();
  try {
    const { now, settings, parts, record } = scope;
    const scopes = await taskScopes(scope.queue, claim.task.scopes, run.signals.ended, record);
    const log = await parts.openLog({ folder, maxBytes: settings.maxLogBytes, now });
    record('run task', { ...facts, takenUntil: claim.takenUntil });
    const cpuset = core === undefined ? {} : { cpuset: String(core.core) };
    const task: TaskContext = { ...contextOf(run, scope), folder, log, scopes, span, ...cpuset };
    return await parts.runTask(task).finally(() => record('task ended', { ...facts, ...timesOf(task) }));
  } finally {
    // Empty, it says until the run is reported whose it is.
    await rm(folder, { recursive: true, force: true })
      .then(() => markRuns(scope.folder, [facts]))
      .catch((error: unknown) => scope.record('task folder stays', { folder, ...errorFacts(error) }));
  }
}

/** How long it took until the container was made, and all in all. */
function timesOf({ startedAt, now, findings: { containerStartedAt } }: TaskContext) {
  const setupMs = containerStartedAt === undefined ? undefined : containerStartedAt - startedAt;
  return { ...(setupMs !== undefined && { setupMs }), durationMs: now() - startedAt };
}

function contextOf(
  { claim, queue, kept, signals }: ClaimedRun,
  scope: WorkerScope,
): Omit<TaskContext, 'folder' | 'log' | 'scopes' | 'span'> {
  const { identity, settings, engine, garbage, network, now, record, owner } = scope;
  const { taskId } = claim.status;
  const { runId } = claim;
  return {
    ...{ claim, taskId, runId, identity, settings, engine, queue, garbage, network, now },
    onCredentials: kept.onCredentials,
    signal: signals.ended,
    gone: signals.gone,
    startedAt: now(),
    record: (type, fields) => record(type, { taskId, runId, ...fields }),
    findings: { artifactHashes: new Map(), cacheFolders: new Map(), missingArtifacts: new Map() },
    labels: taskLabels(identity.workerId, owner, { taskId, runId }),
  };
}

import type { Claim } from '../../queue-api/index.ts';
import type { Health } from '../health/watch-health.ts';
import { errorFacts, isRefusal } from './error-facts.ts';
import { createIdleTimer, type IdleTimer } from './idle-timer.ts';
import { type Backoff, createBackoff, pause } from './pause.ts';
import { reportRun } from './report-run.ts';
import { runClaim } from './run-claim.ts';
import { markRuns, unmarkRun } from './run-marks.ts';
import { createSlots, type Slots } from './slots.ts';
import type { WorkerScope } from './worker-scope.ts';

export interface ClaimLoopOptions {
  readonly scope: WorkerScope;
  readonly health: Pick<Health, 'ready' | 'lost' | 'look'>;
  readonly purge: (claims: readonly Claim[]) => Promise<void>;
  /** Told how many tasks run, when that changes. */
  readonly onRunning: (running: number) => void;
  /** How many tasks more the devices of this machine are enough for. @defaultValue no limit */
  readonly freeDevices?: () => number;
}

/** At most so many runs are claimed by one call: the queue's limit. */
const MOST_AT_ONCE = 32;
const AT_ONCE_MS = 1_000;

/**
 * Claims runs whenever a slot is free, with one call at a time, until the worker is told to stop; resolves when all runs
 * have ended. Throws the server's refusal where the first claim is refused: waiting does not change it.
 */
export async function claimLoop(options: ClaimLoopOptions): Promise<void> {
  const { scope } = options;
  const { stop, settings } = scope;
  using idle = createIdleTimer(settings.shutdown, () => slots.running > 0);
  const { capacity } = settings;
  const { freeDevices } = options;
  const devices = freeDevices === undefined ? {} : { freeDevices };
  const onChange = (running: number): void => {
    options.onRunning(running);
    if (running === 0) idle.begin();
  };
  const slots = createSlots({ capacity, ...devices, onChange });
  const { maxTasks = Number.POSITIVE_INFINITY } = settings;
  const backoff = createBackoff();
  const claiming: Claiming = {
    ...options,
    slots,
    idle,
    backoff,
    hasClaimed: false,
    isUnanswered: false,
    left: maxTasks,
  };
  try {
    while (!stop.claiming.aborted) await claimOnce(claiming);
    if (claiming.isUnanswered) await takeWhatWasLost(claiming);
  } finally {
    await slots.allFree();
  }
}

interface Claiming extends ClaimLoopOptions {
  readonly slots: Slots;
  readonly idle: IdleTimer;
  readonly backoff: Backoff;
  /** Whether the server has answered a claim. */
  hasClaimed: boolean;
  /** Whether the last claim may have taken something, and its answer did not come. */
  isUnanswered: boolean;
  /** How many tasks it may still claim. */
  left: number;
}

async function claimOnce(claiming: Claiming): Promise<void> {
  const { scope, slots, idle, health } = claiming;
  const { stop } = scope;
  await slots.free(stop.claiming);
  if (slots.running === 0) idle.begin();
  await health.ready(slots.count(), stop.claiming);
  if (stop.claiming.aborted) return;
  const claims = await claimFreeSlots(claiming);
  if (claims === undefined) return;
  if (claims.length > 0) {
    idle.end();
    claiming.left -= claims.length;
    await startAll(claims, claiming);
    if (claiming.left <= 0) stop.stop({ kind: 'graceful', reason: 'max-tasks' });
  } else if (idle.isDue()) {
    stop.stop({ kind: 'graceful', reason: 'idle' });
  }
}

/** `undefined`: it did not work, and was waited for. */
async function claimFreeSlots(claiming: Claiming): Promise<readonly Claim[] | undefined> {
  const { scope, slots, idle, health, backoff } = claiming;
  const { identity, queue, stop, record } = scope;
  const { workerGroup, workerId, taskQueueId } = identity;
  const tasks = Math.min(slots.count(), MOST_AT_ONCE, claiming.left);
  if (tasks < 1) return undefined;
  const askedAt = scope.now();
  const signal = AbortSignal.any([stop.claiming, idle.due, health.lost]);
  try {
    const claims = await queue.claimWork(taskQueueId, { workerGroup, workerId, tasks }, { signal });
    claiming.hasClaimed = true;
    claiming.isUnanswered = false;
    backoff.reset();
    // A server that does not let us wait there is not asked all the time.
    const tookMs = scope.now() - askedAt;
    if (claims.length === 0 && tookMs < AT_ONCE_MS) await pause(AT_ONCE_MS, signal);
    return claims;
  } catch (error) {
    claiming.isUnanswered = !isRefusal(error);
    if (idle.isDue()) return [];
    if (stop.claiming.aborted) return undefined;
    if (isRefusal(error) && !claiming.hasClaimed) throw error;
    const pauseMs = Math.round(backoff.next());
    record('[alert-operator] task retrieval error', { ...errorFacts(error), againInMs: pauseMs });
    await pause(pauseMs, signal);
    return undefined;
  }
}

/** A worker that stops gets what its last claim took all the same, and is rid of it in the usual way. */
async function takeWhatWasLost(claiming: Claiming): Promise<void> {
  const { identity, queue, stop } = claiming.scope;
  const { workerGroup, workerId, taskQueueId } = identity;
  const options = { signal: stop.claiming };
  const claims = await queue
    .claimWork(taskQueueId, { workerGroup, workerId, tasks: 1 }, options)
    .catch(() => []);
  if (claims.length > 0) await startAll(claims, claiming);
}

/** Starts what was claimed; what came after the worker was told to end at once goes back to the queue. */
async function startAll(claims: readonly Claim[], claiming: Claiming): Promise<void> {
  const { scope, slots, purge } = claiming;
  for (const claim of claims) {
    scope.clock.learn(claim);
    const { taskId } = claim.status;
    scope.record('claimed task', { taskId, runId: claim.runId, takenUntil: claim.takenUntil });
  }
  const runs = claims.map(({ status: { taskId }, runId }) => ({ taskId, runId }));
  // Where the disk is full each run says so itself.
  await markRuns(scope.folder, runs).catch(() => undefined);
  if (scope.stop.running.aborted) {
    await Promise.all(claims.map((claim) => giveBack(claim, scope)));
    return;
  }
  await purge(claims);
  for (const claim of claims) slots.use(runWithDevices(claim, claiming));
}

/** What it wants is taken when its set-up begins; no other task is claimed for it meanwhile. */
async function runWithDevices(claim: Claim, { scope, health }: Claiming): Promise<void> {
  using _ = scope.parts.expectDevices?.(claim);
  await runClaim(claim, scope, health.look);
}

async function giveBack(claim: Claim, scope: WorkerScope): Promise<void> {
  const { taskId } = claim.status;
  const { runId } = claim;
  const queue = scope.queue.with({ credentials: () => claim.credentials });
  const isTold = await reportRun(
    { type: 'exception', reason: 'worker-shutdown' },
    {
      ...{ queue, taskId, runId, record: scope.record, signal: scope.stop.running },
      holds: () => scope.clock.untilMs(claim.takenUntil) > 0,
    },
  );
  if (isTold) await unmarkRun(scope.folder, { taskId, runId });
}

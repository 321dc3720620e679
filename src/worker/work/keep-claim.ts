import type { Claim, Credentials } from '../../queue-api/index.ts';
import type { QueueClient } from '../../queue-client/index.ts';
import { RunAbort } from '../task/resolution.ts';
import type { WorkerRecordWriter } from '../task/task-context.ts';
import type { ClaimClock } from './claim-clock.ts';
import { errorFacts, isOver, isRefusal } from './error-facts.ts';
import { createBackoff, pause } from './pause.ts';

export interface KeepClaimOptions {
  readonly claim: Claim;
  /** Of the run: signs with the credentials that this keeps. */
  readonly queue: QueueClient;
  readonly clock: ClaimClock;
  readonly reclaimDivisor: number;
  readonly record: WorkerRecordWriter;
  /** Told when the claim is over. */
  readonly onLost: (abort: RunAbort) => void;
  /** How often the clock is looked at. @defaultValue 1 s */
  readonly tickMs?: number;
}

/** A claim that is renewed until it is stopped. */
export interface KeptClaim {
  readonly credentials: Credentials;
  readonly onCredentials: (listener: (credentials: Credentials) => void) => Disposable;
  /** Whether it has not ended, as far as this machine's clock tells. */
  holds(): boolean;
  /** Renews no more. */
  stop(): void;
}

/** Credentials and end of a claim, before it is renewed for the first time. */
export interface ClaimState {
  takenUntil: string;
  credentials: Credentials;
  readonly listeners: Set<(credentials: Credentials) => void>;
}

export const claimState = ({ takenUntil, credentials }: Claim): ClaimState => ({
  takenUntil,
  credentials,
  listeners: new Set(),
});

const LOOK_MS = 1_000;
/** Before its end a claim that could not be renewed is given up: what runs has to be gone by then. */
const MARGIN_MS = 30_000;
const MARGIN_SHARE = 0.1;

/**
 * Renews a claim at its `reclaimDivisor`th part. Trouble is tried again until the claim is about to end; a conflict means
 * that somebody else has resolved the run. A process that was frozen sees by the clock that its claim has ended.
 */
export function keepClaim(state: ClaimState, options: KeepClaimOptions): KeptClaim {
  const { claim, clock, record, onLost } = options;
  const stopped = new AbortController();
  const facts = { taskId: claim.status.taskId, runId: claim.runId };
  const lose = (reason: RunAbort['reason'], why: string): void => {
    if (stopped.signal.aborted) return;
    stopped.abort();
    record(reason === 'canceled' ? 'cancel task' : 'task aborted', { ...facts, reason, why });
    onLost(new RunAbort(reason));
  };
  const holds = (): boolean => clock.untilMs(state.takenUntil) > 0;
  // A timer that was due while the process was frozen comes late and in any order: the clock says what holds.
  const ticker = setInterval(() => {
    if (!holds()) lose('canceled', 'the claim has lapsed');
  }, options.tickMs ?? LOOK_MS);
  stopped.signal.addEventListener('abort', () => clearInterval(ticker), { once: true });
  void renewAgainAndAgain(state, options, { signal: stopped.signal, lose });
  return {
    get credentials() {
      return state.credentials;
    },
    onCredentials(listener) {
      state.listeners.add(listener);
      return { [Symbol.dispose]: () => void state.listeners.delete(listener) };
    },
    holds,
    stop: () => stopped.abort(),
  };
}

interface Renewing {
  readonly signal: AbortSignal;
  readonly lose: (reason: RunAbort['reason'], why: string) => void;
}

async function renewAgainAndAgain(
  state: ClaimState,
  options: KeepClaimOptions,
  renewing: Renewing,
): Promise<void> {
  const { clock, reclaimDivisor, record, claim } = options;
  const { signal } = renewing;
  const facts = { taskId: claim.status.taskId, runId: claim.runId };
  while (!signal.aborted) {
    const lengthMs = Math.max(clock.untilMs(state.takenUntil), 0);
    const afterMs = lengthMs / reclaimDivisor;
    record('next claim', { ...facts, afterMs: Math.round(afterMs) });
    await pause(Math.min(afterMs, 2 ** 31 - 1), signal);
    if (signal.aborted) return;
    if (clock.untilMs(state.takenUntil) <= 0) return renewing.lose('canceled', 'the claim has lapsed');
    await renew(state, options, renewing, Math.min(MARGIN_MS, lengthMs * MARGIN_SHARE));
  }
}

/** One renewal, tried until it works, or the claim is lost. */
async function renew(
  state: ClaimState,
  { claim, queue, clock, record }: KeepClaimOptions,
  { signal, lose }: Renewing,
  marginMs: number,
): Promise<void> {
  const { taskId } = claim.status;
  const facts = { taskId, runId: claim.runId };
  const backoff = createBackoff();
  record('reclaiming task', facts);
  while (!signal.aborted) {
    const leftMs = clock.untilMs(state.takenUntil) - marginMs;
    // Nobody has refused it: what was cut off here begins anew elsewhere.
    if (leftMs <= 0) return lose('worker-shutdown', 'the claim could not be renewed before its end');
    const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(Math.min(leftMs, 2 ** 31 - 1)))]);
    try {
      const reclaim = await queue.reclaimTask(taskId, claim.runId, { signal: limit });
      clock.learn(reclaim);
      state.takenUntil = reclaim.takenUntil;
      state.credentials = reclaim.credentials;
      record('reclaimed task', { ...facts, takenUntil: reclaim.takenUntil });
      for (const listener of state.listeners) listener(reclaim.credentials);
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (isOver(error)) return lose('canceled', 'somebody else has resolved the run');
      record('error reclaiming task', { ...facts, ...errorFacts(error) });
      if (isRefusal(error)) return lose('internal-error', 'the server refuses to renew the claim');
    }
    await pause(Math.min(backoff.next(), Math.max(leftMs, 1)), signal);
  }
}

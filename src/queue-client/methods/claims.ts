import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Claim, Reclaim } from '../../queue-api/index.ts';
import { type Asking, path, QUEUE, runPath } from '../asking.ts';
import { QueueClientError } from '../error.ts';
import type { CallOptions, QueueClient } from '../queue-client.ts';

type ClaimMethods = Pick<
  QueueClient,
  'claimWork' | 'reclaimTask' | 'reportCompleted' | 'reportFailed' | 'reportException'
>;

/** Who stops waiting for work: a queue, and a worker of it. */
export interface WaitingWorker {
  readonly taskQueueId: string;
  readonly workerGroup: string;
  readonly workerId: string;
}

/** What a server of Slipway can beside the contract. */
export interface SlipwaysOwn {
  readonly isSlipway: (options?: CallOptions) => Promise<boolean>;
  /** Tells the server that a worker waits no more; whether that arrived or not, the answer to its claim is read. */
  readonly stopWaiting: (worker: WaitingWorker) => Promise<void>;
}

/** Servers that do not know it do not look at it: their claims are lost with their answers. */
const CLAIM_HEADER = 'x-slipway-claim';

/** Longer than the server lets a claim wait: an answer that may hold tasks is not given up for being late. */
const CLAIM_TIMEOUT_MS = 60_000;

/** At the end of a worker, for a claim of which it does not know what became. */
const LAST_TIMEOUT_MS = 30_000;
const WHICH_TIMEOUT_MS = 5_000;

interface ClaimTry extends CallOptions {
  /** Nothing new: only what was taken before. */
  readonly isLast?: boolean;
}

export function claimMethods(asking: Asking, own: SlipwaysOwn): ClaimMethods {
  // A claim keeps its name until there is an answer to it: a server that knows the name gives once more what it gave already.
  const unanswered = new Map<string, string>();

  async function claim(
    where: string,
    body: Parameters<QueueClient['claimWork']>[1],
    { signal, isLast = false }: ClaimTry,
  ): Promise<readonly Claim[]> {
    const key = keyOf(where, body);
    const before = unanswered.get(key);
    const name = before ?? randomUUID();
    unanswered.delete(key); // another claim at the same time has its own
    const asked = (attempt: number): string =>
      isLast ? `${name};last` : before === undefined && attempt === 1 ? name : `${name};again`;
    try {
      const { tasks } = await asking.post<{ tasks: readonly Claim[] }>('claimWork', where, 'claims', {
        body,
        ...(signal && { signal }),
        ...(isLast ? { timeoutMs: LAST_TIMEOUT_MS, retries: 0 } : { timeoutMs: CLAIM_TIMEOUT_MS }),
        isFinished: true,
        headers: (attempt) => ({ [CLAIM_HEADER]: asked(attempt) }),
      });
      return tasks;
    } catch (error) {
      if (!isRefused(error)) unanswered.set(key, name);
      throw error;
    }
  }

  return {
    claimWork: async (taskQueueId, worker, { signal } = {}) => {
      const { workerGroup, workerId } = worker;
      const where = QUEUE + path`/claim-work/${taskQueueId}`;
      const key = keyOf(where, worker);
      if (signal?.aborted && !unanswered.has(key)) return [];
      return await claimUntil(signal, {
        claim: (options) => claim(where, worker, options),
        stopWaiting: async () => {
          if (await own.isSlipway()) await own.stopWaiting({ taskQueueId, workerGroup, workerId });
        },
        // Another server would wait, and claim anew.
        claimLast: async () => {
          const isKnown = await own.isSlipway({ signal: AbortSignal.timeout(WHICH_TIMEOUT_MS) });
          return isKnown ? await claim(where, worker, { isLast: true }) : [];
        },
      });
    },
    ...runMethods(asking),
  };
}

const keyOf = (where: string, worker: { readonly workerGroup: string; readonly workerId: string }): string =>
  `${where} ${worker.workerGroup} ${worker.workerId}`;

/** Nothing was claimed then. */
const isRefused = (error: unknown): boolean =>
  error instanceof QueueClientError &&
  error.status !== undefined &&
  error.status < 500 &&
  error.status !== 429;

const runMethods = (asking: Asking): Omit<ClaimMethods, 'claimWork'> => ({
  reclaimTask: async (taskId, runId, options) =>
    await asking.post<Reclaim>(
      'reclaimTask',
      `${QUEUE}${runPath(taskId, runId)}/reclaim`,
      'reclaim',
      options,
    ),
  reportCompleted: async (taskId, runId, options) =>
    await asking.postForStatus('reportCompleted', `${runPath(taskId, runId)}/completed`, options),
  reportFailed: async (taskId, runId, options) =>
    await asking.postForStatus('reportFailed', `${runPath(taskId, runId)}/failed`, options),
  reportException: async (taskId, runId, reason, options) =>
    await asking.postForStatus('reportException', `${runPath(taskId, runId)}/exception`, {
      ...options,
      body: { reason },
    }),
});

interface Claiming {
  readonly claim: (options: ClaimTry) => Promise<readonly Claim[]>;
  readonly stopWaiting: () => Promise<void>;
  readonly claimLast: () => Promise<readonly Claim[]>;
}

/**
 * A claim whose answer was on its way when the connection is cut may be lost until it lapses. So an abort cuts nothing: it ends
 * the tries that are to come, asks the server to answer now, and waits for what that says. Where no answer came, the server is
 * asked once more for what the claim took.
 */
async function claimUntil(
  signal: AbortSignal | undefined,
  { claim, stopWaiting, claimLast }: Claiming,
): Promise<readonly Claim[]> {
  if (signal === undefined) return await claim({});
  if (signal.aborted) return await claimLast().catch(() => []);
  const answered = new AbortController();
  const stop = (): void => void sayUntil(answered.signal, stopWaiting);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await claim({ signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    return await claimLast().catch(() => []);
  } finally {
    signal.removeEventListener('abort', stop);
    answered.abort();
  }
}

const SAY_EVERY_MS = 1000;

/** Again and again, since it may arrive before the claim that it is about. */
async function sayUntil(answered: AbortSignal, say: () => Promise<void>): Promise<void> {
  while (!answered.aborted) {
    // A server that cannot be told answers by itself after 20 s.
    await say().catch(() => {});
    await pause(SAY_EVERY_MS, undefined, { signal: answered }).catch(() => {});
  }
}

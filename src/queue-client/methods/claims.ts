import { setTimeout as pause } from 'node:timers/promises';
import type { Claim, Reclaim } from '../../queue-api/index.ts';
import { type Asking, path, QUEUE, runPath } from '../asking.ts';
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

/** Tells the server that a worker waits no more; whether that arrived or not, the answer to its claim is read. */
export type StopWaiting = (worker: WaitingWorker) => Promise<void>;

/** Longer than the server lets a claim wait: an answer that may hold tasks is not given up for being late. */
const CLAIM_TIMEOUT_MS = 60_000;

export const claimMethods = (asking: Asking, stopWaiting: StopWaiting): ClaimMethods => ({
  claimWork: async (taskQueueId, worker, { signal } = {}) => {
    const { workerGroup, workerId } = worker;
    return await claimUntil(signal, {
      claim: async (options) => {
        const where = QUEUE + path`/claim-work/${taskQueueId}`;
        const all = { ...options, body: worker, timeoutMs: CLAIM_TIMEOUT_MS, isFinished: true };
        return (await asking.post<{ tasks: readonly Claim[] }>('claimWork', where, 'claims', all)).tasks;
      },
      stopWaiting: async () => await stopWaiting({ taskQueueId, workerGroup, workerId }),
    });
  },
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
  readonly claim: (options: CallOptions) => Promise<readonly Claim[]>;
  readonly stopWaiting: () => Promise<void>;
}

/**
 * A claim whose answer was on its way when the connection is cut is lost until it lapses. So an abort cuts nothing: it ends
 * the tries that are to come, asks the server to answer now, and waits for what that says.
 */
async function claimUntil(
  signal: AbortSignal | undefined,
  { claim, stopWaiting }: Claiming,
): Promise<readonly Claim[]> {
  if (signal === undefined) return await claim({});
  if (signal.aborted) return [];
  const answered = new AbortController();
  const stop = (): void => void sayUntil(answered.signal, stopWaiting);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await claim({ signal });
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
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

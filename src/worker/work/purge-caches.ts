import type { Claim } from '../../queue-api/index.ts';
import type { QueueClient } from '../../queue-client/index.ts';
import type { WorkerRecordWriter } from '../task/task-context.ts';
import { errorFacts } from './error-facts.ts';
import type { CacheKeeper } from './task-parts.ts';

/** Requests that were made while an answer was on its way, or by a server whose clock is behind, are asked for again. */
const OVERLAP_MS = 5 * 60_000;

export interface PurgeOptions {
  readonly queue: QueueClient;
  readonly taskQueueId: string;
  readonly caches: CacheKeeper;
  readonly now: () => number;
  readonly record: WorkerRecordWriter;
  /** Aborts when nothing is to begin any more: a server that says nothing holds up no end. */
  readonly signal: AbortSignal;
}

const usesCaches = ({ task }: Claim): boolean => {
  const { cache } = task.payload;
  return typeof cache === 'object' && cache !== null && Object.keys(cache).length > 0;
};

/**
 * Asks which caches are to be purged, before tasks that may use some are started. Trouble is recorded and ignored: tasks
 * do not wait for it.
 */
export function createPurging(options: PurgeOptions): (claims: readonly Claim[]) => Promise<void> {
  const { queue, taskQueueId, caches, now, record, signal } = options;
  let askedAt: number | undefined;
  return async (claims) => {
    if (caches.isEmpty || !claims.some(usesCaches)) return;
    const since = askedAt === undefined ? undefined : askedAt - OVERLAP_MS;
    const asking = now();
    try {
      const requests = await queue.purgeRequests(taskQueueId, since, { signal });
      for (const { cacheName, before } of requests) await caches.purge(cacheName, Date.parse(before));
      askedAt = asking;
    } catch (error) {
      record('purge requests error', errorFacts(error));
    }
  };
}

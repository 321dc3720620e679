import { openBulletin, openClock } from '../database/index.ts';
import { createWakers, type Sweep, startSweep } from '../kernel/index.ts';
import { createArtifactCalls } from './artifacts/artifact-calls.ts';
import { openQueueChanges } from './changes/queue-changes.ts';
import { createClaimCalls } from './claims/claim-calls.ts';
import { openClaimDesk } from './claims/claim-work.ts';
import { endLapsedClaims, endPastDeadline } from './duties.ts';
import { removeExpired } from './expire.ts';
import { createListCalls } from './lists/list-calls.ts';
import type { Queue } from './queue.ts';
import type { QueueOptions } from './queue-options.ts';
import { showRun } from './state/task-record.ts';
import { createTaskCreator } from './tasks/create-task.ts';
import { createGroupCalls } from './tasks/group-calls.ts';
import { createTaskCalls } from './tasks/task-calls.ts';
import { createTaskStore, type TaskNews } from './tasks/task-store.ts';
import { createOverview } from './workers/overview.ts';
import { keyOf, openWorkerBook } from './workers/worker-book.ts';
import { createWorkerCalls } from './workers/worker-calls.ts';

const MINUTE_MS = 60_000;
const CLAIM_TIMEOUT_MS = 20 * MINUTE_MS;
const DEADLINE_LIMIT_MS = 5 * 24 * 60 * MINUTE_MS;
const DEPENDENCY_LIMIT = 10_000;
const SWEEP_EVERY_MS = 30_000;

/**
 * Opens the queue of a database that was opened with `QUEUE_MIGRATIONS`. Any number of servers may have the same one open;
 * dispose it before its database.
 */
export async function openQueue(options: QueueOptions): Promise<Queue> {
  const { database, events = {}, onError = () => {} } = options;
  const { claimTimeoutMs = CLAIM_TIMEOUT_MS, sweepEveryMs = SWEEP_EVERY_MS } = options;
  const { deadlineLimitMs = DEADLINE_LIMIT_MS, dependencyLimit = DEPENDENCY_LIMIT } = options;
  const clock = await openClock(database, options.now);
  const [pending, ended] = [createWakers(), createWakers()];
  const hearsOf = (wakers: typeof pending) => (name: string | undefined) =>
    name === undefined ? wakers.wakeAll() : wakers.wake(name);
  const pendingNews = openBulletin(database, 'queue.pending', hearsOf(pending));
  const endedNews = openBulletin(database, 'queue.ended', hearsOf(ended));
  const changes = openQueueChanges(database);
  let sweep: Sweep | undefined;

  const news: TaskNews = {
    changed: (change) => changes.task(change),
    pending: (taskQueueId) => pendingNews.tell(taskQueueId),
    ended(taskId, run) {
      endedNews.tell(taskId);
      events.onResolved?.(showRun(run));
    },
    due: (moment) => sweep?.due(moment),
  };
  const store = createTaskStore(database, clock, news);
  const book = openWorkerBook(database, clock, { onFirstSeen: changes.workers, onError });
  const workerNews = openBulletin(database, 'queue.workers', (key) => book.forget(key));
  const desk = openClaimDesk({
    database,
    clock,
    claimTimeoutMs,
    wakers: pending,
    onTaken(run, waitedMs) {
      news.due(run.takenUntil);
      news.changed({ ...run.status, runId: run.runId });
      const taken = run.status.runs[run.runId];
      if (taken !== undefined) events.onClaimed?.(taken, waitedMs);
    },
  });

  const parts = { database, clock, store };
  const sweeping = { now: clock.now, everyMs: sweepEveryMs, onError };
  sweep = startSweep({
    ...sweeping,
    duties: [
      async () => {
        await clock.adjust();
        return undefined;
      },
      endLapsedClaims(parts),
      endPastDeadline(parts),
      // A server that was killed may not have told what it wrote.
      async () => {
        pending.wakeAll();
        ended.wakeAll();
        return undefined;
      },
    ],
  });
  // It waits for stores, which may take their time, or say nothing: no claim and no deadline waits for them.
  const removing = startSweep({ ...sweeping, duties: [removeExpired(clock, options)] });

  return {
    createTask: createTaskCreator(database, { clock, store, news }, { deadlineLimitMs, dependencyLimit }),
    ...createTaskCalls(store, ended),
    ...createGroupCalls(database, clock, store),
    ...createClaimCalls({ clock, store, desk, workers: book, claimTimeoutMs }),
    ...createArtifactCalls(database, clock, store),
    ...createListCalls(database, store),
    ...createWorkerCalls({
      ...parts,
      book,
      seen: changes.workers,
      changed(taskQueueId, worker) {
        workerNews.tell(keyOf(taskQueueId, worker));
        changes.workers(taskQueueId);
      },
    }),
    overview: createOverview(database, clock, book),
    onChange: (listener) => changes.listen(listener),
    async [Symbol.asyncDispose]() {
      await Promise.all([sweep?.[Symbol.asyncDispose](), removing[Symbol.asyncDispose]()]);
      desk[Symbol.dispose]();
      for (const bulletin of [pendingNews, endedNews, workerNews, changes]) bulletin[Symbol.dispose]();
      await book[Symbol.asyncDispose]();
    },
  };
}

import type { Clock, Database } from '../../database/index.ts';
import { QueueError } from '../error.ts';
import { pageOf, startOf } from '../lists/pages.ts';
import type { Queue, WorkerName } from '../queue.ts';
import {
  QUARANTINE,
  RUNS_OF_WORKER,
  SEE_WORKER,
  SET_WORKER_EXPIRES,
  TASK_QUEUE,
  TASK_QUEUE_PAGE,
  WORKER,
  WORKER_PAGE,
} from '../sql/workers.ts';
import { iso } from '../state/task-record.ts';
import * as transitions from '../state/transitions.ts';
import { persistently } from '../tasks/persistently.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import { WORKER_EXPIRES_MS, type WorkerBook } from './worker-book.ts';
import { showTaskQueue, showWorker, type TaskQueueRow, type WorkerRow } from './worker-rows.ts';

type WorkerCalls = Pick<
  Queue,
  'taskQueues' | 'taskQueue' | 'workers' | 'worker' | 'quarantineWorker' | 'declareWorker' | 'removeWorker'
>;

// Who quarantined a worker, and why: so many are kept.
const MAX_DETAILS = 100;

interface WorkerParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: TaskStore;
  readonly book: WorkerBook;
  /** People who look at the workers of a task queue see others. */
  readonly seen: (taskQueueId: string) => void;
  /** Tells all servers that what a worker may do has changed. */
  readonly changed: (taskQueueId: string, worker: WorkerName) => void;
}

/** What operators ask and say of workers and task queues. */
export function createWorkerCalls(parts: WorkerParts): WorkerCalls {
  const { database, clock, store, book, seen, changed } = parts;

  const names = (taskQueueId: string, { workerGroup, workerId }: WorkerName) =>
    [taskQueueId, workerGroup, workerId] as const;

  async function find(taskQueueId: string, worker: WorkerName): Promise<WorkerRow | undefined> {
    await book.flush();
    const [row] = await database.query<WorkerRow>(WORKER, names(taskQueueId, worker));
    const now = clock.now();
    return row !== undefined && (row.expires > now || (row.quarantine_until ?? 0) > now) ? row : undefined;
  }

  async function quarantineOnce(
    taskQueueId: string,
    worker: WorkerName,
    quarantine: Parameters<Queue['quarantineWorker']>[2],
  ): Promise<boolean> {
    const row = await find(taskQueueId, worker);
    if (row === undefined) {
      throw new QueueError(
        'ResourceNotFound',
        `There is no worker ${worker.workerGroup}/${worker.workerId} in ${taskQueueId}: it never claimed, or has expired`,
      );
    }
    const until = Date.parse(quarantine.until);
    if (Number.isNaN(until))
      throw new QueueError('InputError', '"quarantineUntil" is no date: expected one in ISO 8601');
    const detail = {
      updatedAt: iso(clock.now()),
      clientId: quarantine.clientId,
      quarantineUntil: iso(until),
      quarantineInfo: quarantine.info,
    };
    const before: readonly unknown[] = JSON.parse(row.quarantine_details);
    const details = JSON.stringify([...before, detail].slice(-MAX_DETAILS));
    const values = [...names(taskQueueId, worker), until, details, row.quarantine_details];
    return (await database.batch([{ statement: QUARANTINE, values, rows: 1 }])) !== undefined;
  }

  async function known(taskQueueId: string, worker: WorkerName) {
    const row = await find(taskQueueId, worker);
    if (row === undefined) throw new QueueError('ResourceNotFound', 'The worker has just expired');
    return showWorker(row);
  }

  return {
    async taskQueues(page) {
      const start = startOf(page, ['']);
      const values = [...start.after, clock.now(), start.limit + 1];
      const rows = await database.query<TaskQueueRow>(TASK_QUEUE_PAGE, values);
      return pageOf(rows, start, { show: showTaskQueue, keyOf: (row) => [row.task_queue_id] });
    },
    async taskQueue(taskQueueId) {
      const [row] = await database.query<TaskQueueRow>(TASK_QUEUE, [taskQueueId, clock.now()]);
      return row && showTaskQueue(row);
    },
    async workers(taskQueueId, { quarantined }, page) {
      await book.flush();
      const start = startOf(page, ['', '']);
      const which = quarantined === undefined ? 0 : quarantined ? 1 : 2;
      const values = [taskQueueId, ...start.after, clock.now(), start.limit + 1, which];
      const rows = await database.query<WorkerRow>(WORKER_PAGE, values);
      return pageOf(rows, start, { show: showWorker, keyOf: (row) => [row.worker_group, row.worker_id] });
    },
    async worker(taskQueueId, worker) {
      const row = await find(taskQueueId, worker);
      return row && showWorker(row);
    },
    async quarantineWorker(taskQueueId, worker, quarantine) {
      while (!(await persistently(() => quarantineOnce(taskQueueId, worker, quarantine))));
      changed(taskQueueId, worker);
      return await known(taskQueueId, worker);
    },
    async declareWorker(taskQueueId, worker, expires) {
      const now = clock.now();
      const named = names(taskQueueId, worker);
      const until = expires === undefined ? undefined : Date.parse(expires);
      if (Number.isNaN(until))
        throw new QueueError('InputError', '"expires" is no date: expected one in ISO 8601');
      const see = { statement: SEE_WORKER, values: [...named, now, now + WORKER_EXPIRES_MS] };
      const set = until === undefined ? [] : [{ statement: SET_WORKER_EXPIRES, values: [...named, until] }];
      await persistently(() => database.batch([see, ...set]));
      seen(taskQueueId);
      return await known(taskQueueId, worker);
    },
    async removeWorker(taskQueueId, worker) {
      const rows = await database.query<{ task_id: string; run_id: number }>(
        RUNS_OF_WORKER,
        names(taskQueueId, worker),
      );
      const said = { state: 'exception', reason: 'worker-shutdown' } as const;
      await Promise.all(
        rows.map(({ task_id, run_id }) =>
          store
            .change(task_id, (record, moment) => transitions.report(record, run_id, said, moment))
            .catch((error: unknown) => {
              if (!(error instanceof QueueError)) throw error; // it ended meanwhile
            }),
        ),
      );
    },
  };
}

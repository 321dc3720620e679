import type { Database, Row } from '../../database/index.ts';
import type { Queue } from '../queue.ts';
import { CLAIMED_PAGE, COUNTS, DEPENDENTS_PAGE, NEWEST_PAGE, PENDING_PAGE } from '../sql/lists.ts';
import { definitionOf, recordOf } from '../sql/task-rows.ts';
import { iso, type Run, rankOf, type TaskRecord } from '../state/task-record.ts';
import { noSuchTask, type TaskStore, taskAndStatus } from '../tasks/task-store.ts';
import { pageOf, startOf } from './pages.ts';

type ListCalls = Pick<Queue, 'dependents' | 'listTasks' | 'counts' | 'pendingTasks' | 'claimedTasks'>;

// Before and after all places and ids.
const FIRST = -1;
const LAST = Number.MAX_SAFE_INTEGER;

const placeOf = (row: Row): readonly [number, string] => [
  Number(row['created_place']),
  String(row['task_id']),
];

/** A task with its last run; lists of pending and running ones have no others. */
function lastOf(row: Row): { readonly record: TaskRecord; readonly run: Run } {
  const record = recordOf(row);
  const run = record.runs.at(-1);
  if (run === undefined) throw new TypeError(`task ${record.taskId} is listed and has no run`);
  return { record, run };
}

/** Lists and counts. */
export function createListCalls(database: Database, store: TaskStore): ListCalls {
  return {
    async dependents(taskId, page) {
      if ((await store.record(taskId)) === undefined) throw noSuchTask(taskId);
      const start = startOf(page, ['']);
      const rows = await database.query(DEPENDENTS_PAGE, [taskId, ...start.after, start.limit + 1]);
      return pageOf(rows, start, { show: taskAndStatus, keyOf: (row) => [String(row['task_id'])] });
    },
    async listTasks({ state = '', taskQueueId = '' }, page) {
      const start = startOf(page, [LAST, '']);
      const rows = await database.query(NEWEST_PAGE, [...start.after, state, taskQueueId, start.limit + 1]);
      return pageOf(rows, start, { show: taskAndStatus, keyOf: placeOf });
    },
    async counts(taskQueueId) {
      const [row] = await database.query<{ pending: number; claimed: number }>(COUNTS, [taskQueueId]);
      return { pending: row?.pending ?? 0, claimed: row?.claimed ?? 0 };
    },
    async pendingTasks(taskQueueId, page) {
      const start = startOf(page, [-rankOf('highest') - 1, FIRST, '']);
      const rows = await database.query(PENDING_PAGE, [taskQueueId, ...start.after, start.limit + 1]);
      return pageOf(rows, start, {
        show(row) {
          const { record, run } = lastOf(row);
          const { taskId } = record;
          return { taskId, runId: run.runId, task: definitionOf(row), inserted: iso(run.scheduled) };
        },
        keyOf: (row) => [-Number(row['priority']), Number(row['place']), String(row['task_id'])],
      });
    },
    async claimedTasks(taskQueueId, page) {
      const start = startOf(page, [FIRST, '']);
      const rows = await database.query(CLAIMED_PAGE, [taskQueueId, ...start.after, start.limit + 1]);
      return pageOf(rows, start, {
        show(row) {
          const { record, run } = lastOf(row);
          const { taskId } = record;
          const { runId, workerGroup = '', workerId = '', started = 0 } = run;
          const task = definitionOf(row);
          return { taskId, runId, task, claimed: iso(started), workerGroup, workerId };
        },
        keyOf: (row) => [Number(row['started']), String(row['task_id'])],
      });
    },
  };
}

import type { Clock, Database, Row } from '../../database/index.ts';
import type { Queue, QueueOverview, RunOverview, WorkerOverview } from '../queue.ts';
import { ACTIVE_WORKERS, ALL_COUNTS, QUEUES, RUNNING } from '../sql/overview.ts';
import { iso } from '../state/task-record.ts';
import { keyOf, type WorkerBook } from './worker-book.ts';

const MAX_QUEUES = 500;
// In all, and of one task queue: what somebody can look at, in an answer of some 500 KB.
const MAX_WORKERS = 2000;
const MAX_WORKERS_EACH = 200;
const MAX_RUNS = 4000;

interface WorkerRow extends Row {
  readonly task_queue_id: string;
  readonly worker_group: string;
  readonly worker_id: string;
  readonly first_claim: number;
  readonly last_active: number;
  readonly quarantine_until: number | null;
  readonly workers: number;
}

interface RunRow extends Row {
  readonly task_id: string;
  readonly run_id: number;
  readonly task_queue_id: string;
  readonly worker_group: string;
  readonly worker_id: string;
  readonly started: number;
  readonly taken_until: number;
  readonly name: string | null;
}

/** Looks at task queues with what their workers have now: four statements, however many there are. */
export function createOverview(
  database: Database,
  clock: Clock,
  book: Pick<WorkerBook, 'flush'>,
): Queue['overview'] {
  return async (taskQueueId = '') => {
    await book.flush();
    const now = clock.now();
    const [known, counts] = await Promise.all([
      database.query<QueueRow>(QUEUES, [taskQueueId, now, MAX_QUEUES]),
      database.query<CountRow>(ALL_COUNTS, [taskQueueId]),
    ]);
    const queues = withWaiting(known, counts);
    if (queues.length === 0) return [];
    const each = Math.max(1, Math.min(MAX_WORKERS_EACH, Math.floor(MAX_WORKERS / queues.length)));
    const [workers, runs] = await Promise.all([
      database.query<WorkerRow>(ACTIVE_WORKERS, [taskQueueId, now, each]),
      database.query<RunRow>(RUNNING, [taskQueueId, MAX_RUNS]),
    ]);
    const countOf = new Map(counts.map((row) => [`${row.task_queue_id} ${row.state}`, row.tasks]));
    const workersOf = Map.groupBy(workers, (row) => row.task_queue_id);
    const runsOf = Map.groupBy(runs, workerKey);
    return queues.map(({ task_queue_id, last_active }): QueueOverview => {
      const own = workersOf.get(task_queue_id) ?? [];
      return {
        taskQueueId: task_queue_id,
        pending: countOf.get(`${task_queue_id} pending`) ?? 0,
        claimed: countOf.get(`${task_queue_id} running`) ?? 0,
        ...(last_active !== undefined && { lastDateActive: iso(last_active) }),
        workers: own.map((row) => showWorker(row, runsOf.get(workerKey(row)) ?? [], now)),
        workerCount: own[0]?.workers ?? 0,
      };
    });
  };
}

type QueueRow = Row & { readonly task_queue_id: string; readonly last_active?: number };
type CountRow = Row & { readonly task_queue_id: string; readonly state: string; readonly tasks: number };

/** And those whose tasks no worker has ever asked for: nothing would say so otherwise. */
function withWaiting(known: readonly QueueRow[], counts: readonly CountRow[]): readonly QueueRow[] {
  const names = new Set(known.map((row) => row.task_queue_id));
  const others = new Set(counts.map((row) => row.task_queue_id)).difference(names);
  const all = [...known, ...[...others].map((task_queue_id): QueueRow => ({ task_queue_id }))];
  return all.toSorted((a, b) => (a.task_queue_id < b.task_queue_id ? -1 : 1)).slice(0, MAX_QUEUES);
}

const workerKey = (row: WorkerRow | RunRow): string =>
  keyOf(row.task_queue_id, { workerGroup: row.worker_group, workerId: row.worker_id });

const showWorker = (row: WorkerRow, runs: readonly RunRow[], now: number): WorkerOverview => ({
  workerGroup: row.worker_group,
  workerId: row.worker_id,
  firstClaim: iso(row.first_claim),
  lastDateActive: iso(row.last_active),
  ...((row.quarantine_until ?? 0) > now && { quarantineUntil: iso(row.quarantine_until ?? 0) }),
  running: runs.map(showRun),
});

const showRun = (row: RunRow): RunOverview => ({
  taskId: row.task_id,
  runId: row.run_id,
  name: row.name ?? '',
  started: iso(row.started),
  takenUntil: iso(row.taken_until),
});

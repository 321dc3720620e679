import type { Clock, Database, Row } from '../../database/index.ts';
import type { ClaimedRun, WorkerName } from '../queue.ts';
import { KEEP_RECENT, WORKERS_NAMED } from '../sql/workers.ts';

/** How many are kept of each worker. */
const MAX_RECENT = 20;
// A worker's list is for people: claims do not wait for it, and what happens within this time is written together.
const PACE_MS = 1000;

interface RecentTask {
  readonly taskId: string;
  readonly runId: number;
}

interface Fresh extends WorkerName {
  readonly taskQueueId: string;
  readonly tasks: readonly RecentTask[];
}

interface RecentRow extends Row {
  readonly task_queue_id: string;
  readonly worker_group: string;
  readonly worker_id: string;
  readonly recent_tasks: string;
}

/** What workers were given lately, gathered and then written. */
export interface RecentTasks extends AsyncDisposable {
  add(taskQueueId: string, worker: WorkerName, runs: readonly ClaimedRun[]): void;
  flush(): Promise<void>;
}

const keyOf = (...names: readonly string[]): string => names.join('/');

/** Opens the list; what was not written when a server is killed is missing in it. */
export function openRecentTasks(
  database: Database,
  clock: Clock,
  onError: (error: unknown) => void,
): RecentTasks {
  let fresh = new Map<string, Fresh>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  function put(of: Fresh, tasks: readonly RecentTask[]): void {
    fresh.set(keyOf(of.taskQueueId, of.workerGroup, of.workerId), { ...of, tasks: tasks.slice(-MAX_RECENT) });
    timer ??= setTimeout(() => void flush().catch(onError), PACE_MS);
  }

  /** What could not be written is older than what came meanwhile. */
  function putBack(key: string, missed: Fresh): void {
    put(missed, [...missed.tasks, ...(fresh.get(key)?.tasks ?? [])]);
  }

  /** Adds to the lists as they are; gives the workers whose list was written, and those that are not known any more. */
  async function append(taken: ReadonlyMap<string, Fresh>): Promise<ReadonlySet<string>> {
    const names = [...taken.values()].map(nameRow);
    const rows = await database.query<RecentRow>(WORKERS_NAMED, [JSON.stringify(names)]);
    const changes = rows.map((row) => {
      const before: readonly RecentTask[] = JSON.parse(row.recent_tasks);
      const recent = [...before, ...(taken.get(keyOfRow(row))?.tasks ?? [])].slice(-MAX_RECENT);
      return { ...row, before: row.recent_tasks, recent: JSON.stringify(recent) };
    });
    const written = await database.query<RecentRow>(KEEP_RECENT, [JSON.stringify(changes), clock.now()]);
    const done = new Set(written.map(keyOfRow));
    const changed = new Set(rows.map(keyOfRow).filter((key) => !done.has(key)));
    return new Set([...taken.keys()].filter((key) => !changed.has(key)));
  }

  async function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const taken = fresh;
    fresh = new Map();
    if (taken.size === 0) return;
    const done = await append(taken).catch((error: unknown) => {
      for (const [key, missed] of taken) putBack(key, missed);
      throw error;
    });
    for (const [key, missed] of taken) if (!done.has(key)) putBack(key, missed);
  }

  async function flush(): Promise<void> {
    running = running.catch(() => {}).then(write); // one after the other; who waited for that one was told
    await running;
  }

  return {
    add(taskQueueId, worker, runs) {
      const tasks = runs.map(({ taskId, runId }) => ({ taskId, runId }));
      const before = fresh.get(keyOf(taskQueueId, worker.workerGroup, worker.workerId));
      put({ ...worker, taskQueueId, tasks }, [...(before?.tasks ?? []), ...tasks]);
    },
    flush,
    async [Symbol.asyncDispose]() {
      await flush().catch(onError);
      clearTimeout(timer);
    },
  };
}

const keyOfRow = (row: RecentRow): string => keyOf(row.task_queue_id, row.worker_group, row.worker_id);

const nameRow = ({ taskQueueId, workerGroup, workerId }: Fresh): Record<string, string> => ({
  task_queue_id: taskQueueId,
  worker_group: workerGroup,
  worker_id: workerId,
});

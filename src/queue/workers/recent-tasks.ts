import type { Database } from '../../database/index.ts';
import type { Clock } from '../clock.ts';
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

interface Row {
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

  function put({ taskQueueId, workerGroup, workerId, tasks }: Fresh, older: readonly RecentTask[]): void {
    const key = keyOf(taskQueueId, workerGroup, workerId);
    fresh.set(key, { taskQueueId, workerGroup, workerId, tasks: [...older, ...tasks].slice(-MAX_RECENT) });
    timer ??= setTimeout(() => void flush().catch(onError), PACE_MS);
  }

  /** One attempt; what another server changed meanwhile is put back, for the next. */
  async function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const taken = fresh;
    fresh = new Map();
    if (taken.size === 0) return;
    const names = [...taken.values()].map(nameRow);
    const rows = (await database.query(WORKERS_NAMED, [JSON.stringify(names)])) as unknown as readonly Row[];
    const changes = rows.map((row) => {
      const { tasks = [] } = taken.get(keyOf(row.task_queue_id, row.worker_group, row.worker_id)) ?? {};
      const before: readonly RecentTask[] = JSON.parse(row.recent_tasks);
      const recent = JSON.stringify([...before, ...tasks].slice(-MAX_RECENT));
      return { ...row, before: row.recent_tasks, recent };
    });
    const written = await database.query(KEEP_RECENT, [JSON.stringify(changes), clock.now()]);
    const done = new Set(
      written.map((row) => keyOf(`${row['task_queue_id']}`, `${row['worker_group']}`, `${row['worker_id']}`)),
    );
    for (const row of rows) {
      const key = keyOf(row.task_queue_id, row.worker_group, row.worker_id);
      const missed = taken.get(key);
      if (missed !== undefined && !done.has(key)) {
        put({ ...missed, tasks: [...missed.tasks, ...(fresh.get(key)?.tasks ?? [])] }, []);
      }
    }
  }

  async function flush(): Promise<void> {
    running = running.catch(() => {}).then(write); // one after the other; who waited for it was told
    await running;
  }

  return {
    add(taskQueueId, worker, runs) {
      const tasks = runs.map(({ taskId, runId }) => ({ taskId, runId }));
      const before = fresh.get(keyOf(taskQueueId, worker.workerGroup, worker.workerId));
      put({ ...worker, taskQueueId, tasks }, before?.tasks ?? []);
    },
    flush,
    async [Symbol.asyncDispose]() {
      await flush().catch(onError);
      clearTimeout(timer);
    },
  };
}

const nameRow = ({ taskQueueId, workerGroup, workerId }: Fresh): Record<string, string> => ({
  task_queue_id: taskQueueId,
  worker_group: workerGroup,
  worker_id: workerId,
});

import type { Clock, Database } from '../../database/index.ts';
import { createWakers } from '../../kernel/index.ts';
import type { ClaimedRun, WorkerName } from '../queue.ts';
import { SEE_TASK_QUEUE, SEE_WORKER } from '../sql/workers.ts';
import { persistently } from '../tasks/persistently.ts';
import { openRecentTasks } from './recent-tasks.ts';
import type { WorkerRow } from './worker-rows.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** After its last sign of life. */
export const WORKER_EXPIRES_MS = DAY_MS;
const TASK_QUEUE_EXPIRES_MS = 5 * DAY_MS;
// A sign of life of a worker is written that often, and of a task queue.
const REFRESH_MS = 30 * MINUTE_MS;
const TASK_QUEUE_REFRESH_MS = MINUTE_MS;
// Workers that are remembered; of others the record is read again.
const MAX_KNOWN = 20_000;

/** Whether a worker may claim, as long as nobody says otherwise. */
export interface Admission extends Disposable {
  readonly isQuarantined: boolean;
  /** Aborts when that may have changed. */
  readonly changed: AbortSignal;
}

/** What is kept of workers and their task queues, written not more often than needed. */
export interface WorkerBook extends AsyncDisposable {
  admit(taskQueueId: string, worker: WorkerName): Promise<Admission>;
  /** It was given these runs. */
  took(taskQueueId: string, worker: WorkerName, runs: readonly ClaimedRun[]): void;
  /** Writes what was gathered. */
  flush(): Promise<void>;
  /** Another server, or this one, has changed what is kept of it; `undefined`: of any. */
  forget(key: string | undefined): void;
}

export const keyOf = (taskQueueId: string, { workerGroup, workerId }: WorkerName): string =>
  `${taskQueueId}/${workerGroup}/${workerId}`;

interface Known {
  readonly quarantinedUntil: number;
  readonly seenAt: number;
}

/** Keeps a value, and forgets the one that was kept the longest where they become too many. */
function keep<T>(values: Map<string, T>, key: string, value: T): void {
  values.delete(key);
  values.set(key, value);
  const oldest = values.size > MAX_KNOWN ? values.keys().next().value : undefined;
  if (oldest !== undefined) values.delete(oldest);
}

interface BookOptions {
  /** A worker of this task queue has just asked for the first time. */
  readonly onFirstSeen: (taskQueueId: string) => void;
  readonly onError: (error: unknown) => void;
}

/** Opens the book of workers. */
export function openWorkerBook(
  database: Database,
  clock: Clock,
  { onFirstSeen, onError }: BookOptions,
): WorkerBook {
  const known = new Map<string, Known>();
  const seenQueues = new Map<string, number>();
  const changes = createWakers();
  const recent = openRecentTasks(database, clock, onError);

  /** Writes down that it is there, and reads what is known of it. */
  async function see(taskQueueId: string, { workerGroup, workerId }: WorkerName): Promise<Known> {
    const now = clock.now();
    // A fleet that starts comes all at once, and would wait for one row.
    const isQueueSeen = now - (seenQueues.get(taskQueueId) ?? 0) < TASK_QUEUE_REFRESH_MS;
    const results = await persistently(() =>
      database.batch([
        {
          statement: SEE_WORKER,
          values: [taskQueueId, workerGroup, workerId, now, now + WORKER_EXPIRES_MS],
        },
        ...(isQueueSeen
          ? []
          : [{ statement: SEE_TASK_QUEUE, values: [taskQueueId, now, now + TASK_QUEUE_EXPIRES_MS] }]),
      ]),
    );
    if (!isQueueSeen) keep(seenQueues, taskQueueId, now);
    const row = results?.[0]?.[0] as WorkerRow | undefined; // the statement gives it
    if (row?.first_claim === now) onFirstSeen(taskQueueId);
    return { quarantinedUntil: row?.quarantine_until ?? 0, seenAt: now };
  }

  async function look(taskQueueId: string, worker: WorkerName): Promise<Known> {
    const key = keyOf(taskQueueId, worker);
    const before = known.get(key);
    if (before !== undefined && clock.now() - before.seenAt < REFRESH_MS) return before;
    const found = await see(taskQueueId, worker);
    keep(known, key, found);
    return found;
  }

  return {
    async admit(taskQueueId, worker) {
      const changed = new AbortController();
      const subscription = changes.on(keyOf(taskQueueId, worker), () => changed.abort());
      try {
        const { quarantinedUntil } = await look(taskQueueId, worker);
        return {
          isQuarantined: quarantinedUntil > clock.now(),
          changed: changed.signal,
          [Symbol.dispose]: () => subscription[Symbol.dispose](),
        };
      } catch (error) {
        subscription[Symbol.dispose]();
        throw error;
      }
    },
    took: (taskQueueId, worker, runs) => recent.add(taskQueueId, worker, runs),
    flush: () => recent.flush(),
    forget(key) {
      if (key === undefined) {
        known.clear();
        changes.wakeAll();
      } else {
        known.delete(key);
        changes.wake(key);
      }
    },
    [Symbol.asyncDispose]: () => recent[Symbol.asyncDispose](),
  };
}

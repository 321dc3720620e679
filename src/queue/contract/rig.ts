import { expect } from 'vitest';
import type { Database } from '../../database/index.ts';
import { newTaskId, type TaskRequest } from '../../queue-api/index.ts';
import type { QueueErrorCode } from '../error.ts';
import { QueueError } from '../error.ts';
import { openQueue } from '../open-queue.ts';
import type { ClaimedRun, Queue, WorkerName } from '../queue.ts';
import type { QueueOptions } from '../queue-options.ts';

/** A database with the queue's tables, for all tests of a file: each has a task queue of its own in it. */
export interface QueueContractOptions {
  readonly database: () => Database;
  /** Opens it once more, as another server does, where that can be. */
  readonly again?: () => Promise<Database>;
}

export const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;
export const WORKER: WorkerName = { workerGroup: 'group', workerId: 'worker' };

/** A queue with a clock that the test sets. */
export interface QueueRig extends AsyncDisposable {
  readonly queue: Queue;
  readonly database: Database;
  /** Of all tasks that are created here. */
  readonly taskQueueId: string;
  readonly now: () => number;
  /** Moves the clock on; the sweep looks at it again within milliseconds. */
  pass(milliseconds: number): void;
  /** Another server on the same database, or on one that stands between. */
  another(options?: Partial<QueueOptions>, database?: Database): Promise<Queue>;
  request(fields?: Partial<TaskRequest>): TaskRequest;
  /** Creates a task; gives its id. */
  create(fields?: Partial<TaskRequest>): Promise<string>;
  /** Takes what is pending, however long the database takes for it; nothing, at once, where nothing is. */
  claim(tasks?: number, worker?: WorkerName): Promise<readonly ClaimedRun[]>;
  /** Creates a task and claims it. */
  running(fields?: Partial<TaskRequest>): Promise<string>;
}

const CLAIM_MS = 20_000;

let rigs = 0;

/** Opens a queue. */
export async function openRig(
  contract: QueueContractOptions,
  options: Partial<QueueOptions> = {},
): Promise<QueueRig> {
  rigs += 1;
  const taskQueueId = `prov/type-${rigs}`;
  const databases: Database[] = [];
  let time = Date.now();
  const now = (): number => time;
  const errors: unknown[] = [];
  const opened: Queue[] = [];

  async function another(more: Partial<QueueOptions> = {}, database = contract.database()): Promise<Queue> {
    const onError = (error: unknown): void => void errors.push(error);
    const made = await openQueue({ database, now, sweepEveryMs: 20, onError, ...options, ...more });
    opened.push(made);
    return made;
  }

  const queue = await another();
  const at = (milliseconds: number): string => new Date(milliseconds).toISOString();
  const request = (fields: Partial<TaskRequest> = {}): TaskRequest => ({
    taskQueueId,
    created: at(time),
    deadline: at(time + 60 * MINUTE_MS),
    payload: { command: ['true'] },
    metadata: { name: 'name', description: '', owner: 'me', source: 'https://example.com' },
    ...fields,
  });
  async function create(fields: Partial<TaskRequest> = {}): Promise<string> {
    const taskId = newTaskId();
    await queue.createTask(taskId, request(fields));
    return taskId;
  }
  async function claim(tasks = 1, worker = WORKER): Promise<readonly ClaimedRun[]> {
    const { pending } = await queue.counts(taskQueueId);
    const signal = pending > 0 ? AbortSignal.timeout(CLAIM_MS) : AbortSignal.abort();
    return await queue.claimWork(taskQueueId, worker, { tasks, signal });
  }

  return {
    queue,
    database: contract.database(),
    taskQueueId,
    now,
    pass: (milliseconds) => {
      time += milliseconds;
    },
    async another(more, between) {
      const own = between === undefined ? await contract.again?.() : undefined;
      if (own !== undefined) databases.push(own);
      return await another(more, between ?? own);
    },
    request,
    create,
    claim,
    async running(fields) {
      const taskId = await create(fields);
      const [run] = await claim();
      expect(run?.taskId).toBe(taskId);
      return taskId;
    },
    async [Symbol.asyncDispose]() {
      for (const each of opened) await each[Symbol.asyncDispose]();
      for (const each of databases) await each[Symbol.asyncDispose]();
      expect(errors).toEqual([]);
    },
  };
}

/** For claims that are to find nothing. */
export const soon = (): AbortSignal => AbortSignal.timeout(300);
export const never = new AbortController().signal;

/** The call is refused so, with such a message. */
export async function expectRefusal(
  call: Promise<unknown>,
  code: QueueErrorCode,
  message: string | RegExp = '',
): Promise<void> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error !== undefined && !(error instanceof QueueError)) throw error;
  expect({ code: error?.code, message: error?.message }).toEqual({
    code,
    message: expect.stringMatching(message),
  });
}

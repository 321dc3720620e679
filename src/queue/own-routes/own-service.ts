import { z } from 'zod';
import type { TaskStatus } from '../../queue-api/index.ts';
import { SLUGID } from '../../queue-api/index.ts';
import {
  StatusAnswer,
  TaskDefinition,
  TaskStatus as TaskStatusSchema,
  WorkerName,
} from '../../queue-api/schema/index.ts';
import type { Departures } from '../claims/departures.ts';
import { QueueError } from '../error.ts';
import type { Queue } from '../queue.ts';
import { PAGED, PARAMETERS, pageOf } from '../routes/queue-context.ts';
import { methodsOf, type Service } from '../service/index.ts';

/** What the methods of Slipway's own service work with. */
export interface OwnContext {
  readonly queue: Queue;
  readonly departures: Pick<Departures, 'leave'>;
  /** Of this program. */
  readonly version: string;
}

const method = methodsOf<OwnContext>();

const TASK_QUEUE_ID = PARAMETERS['taskQueueId']?.pattern ?? /$^/;

const MAX_WAIT_MS = 30_000; // as long as clients and proxies wait for an answer

const PRODUCT = method({
  name: 'product',
  verb: 'GET',
  path: '/',
  about: 'says which program this is',
  output: z.strictObject({ product: z.literal('slipway'), version: z.string() }),
  handle: async (_call, { version }) => ({ product: 'slipway', version }),
});

const WAIT = method({
  name: 'waitResolved',
  verb: 'GET',
  path: '/task/<taskId>/wait',
  about: 'gives the status of a task as soon as it, or one run of it, has ended; waits up to 30 seconds',
  query: { runId: /^(?:0|[1-9]\d{0,2}|1000)$/, timeoutMs: /^\d{1,9}$/ },
  scopes: 'queue:status:<taskId>',
  output: StatusAnswer,
  async handle({ params: { taskId }, query, waiting }, { queue }) {
    const { runId, timeoutMs } = query;
    const waitMs = Math.min(MAX_WAIT_MS, Number(timeoutMs ?? MAX_WAIT_MS));
    using time = timeLimit(waitMs);
    const signal = AbortSignal.any([waiting(), time.signal]);
    const status = await queue.waitResolved(taskId, runId === undefined ? undefined : Number(runId), signal);
    return { status: known(status, taskId) };
  },
});

function known(status: TaskStatus | undefined, taskId: string): TaskStatus {
  if (status !== undefined) return status;
  throw new QueueError('ResourceNotFound', `There is no task ${taskId}.`);
}

function timeLimit(ms: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

const TASKS = method({
  name: 'listTasks',
  verb: 'GET',
  path: '/tasks',
  about: 'lists tasks, the newest first',
  query: {
    ...PAGED,
    state: /^(?:unscheduled|pending|running|completed|failed|exception)$/,
    taskQueueId: TASK_QUEUE_ID,
  },
  scopes: 'queue:list-tasks',
  output: z.strictObject({
    tasks: z.array(z.strictObject({ status: TaskStatusSchema, task: TaskDefinition })),
    continuationToken: z.string().exactOptional(),
  }),
  async handle({ query: { state, taskQueueId, ...page } }, { queue }) {
    const filter = {
      ...(state !== undefined && { state }),
      ...(taskQueueId !== undefined && { taskQueueId }),
    };
    const { items, continuationToken } = await queue.listTasks(filter, pageOf(page));
    return {
      tasks: items.map(({ status, task }) => ({ status, task })),
      ...(continuationToken !== undefined && { continuationToken }),
    };
  },
});

/** As a worker claims. */
const AS_WORKER = {
  AllOf: ['queue:claim-work:<taskQueueId>', 'queue:worker-id:<workerGroup>/<workerId>'],
} as const;

const WorkerOfQueue = z.strictObject({ ...WorkerName.shape, taskQueueId: z.string().regex(TASK_QUEUE_ID) });

/** More than any worker runs at once. */
const MAX_LOST = 1000;

const STOP_WAITING = method({
  name: 'stopWaiting',
  verb: 'POST',
  path: '/stop-waiting',
  about: 'lets the claims that a worker waits with be answered now, with what there is',
  status: 204,
  scopes: AS_WORKER,
  input: WorkerOfQueue,
  async handle({ body, authorize }, { departures }) {
    authorize(body);
    departures.leave(body);
    return undefined;
  },
});

const LOSE_RUNS = method({
  name: 'loseRuns',
  verb: 'POST',
  path: '/lost-runs',
  about:
    'ends runs of a worker that was begun anew and cannot go on with them, as `worker-shutdown`: they are tried again',
  status: 204,
  scopes: AS_WORKER,
  input: z.strictObject({
    ...WorkerOfQueue.shape,
    runs: z
      .array(z.strictObject({ taskId: z.string().regex(SLUGID), runId: z.int().min(0).max(1000) }))
      .max(MAX_LOST),
  }),
  async handle({ body: { runs, ...worker }, authorize }, { queue }) {
    authorize(worker);
    for (const run of runs) await loseRun(queue, worker, run);
    return undefined;
  },
});

/** Leaves alone what does not run, or runs at another worker. */
async function loseRun(
  queue: Queue,
  { taskQueueId, workerGroup, workerId }: z.infer<typeof WorkerOfQueue>,
  { taskId, runId }: { readonly taskId: string; readonly runId: number },
): Promise<void> {
  const status = await queue.status(taskId);
  const run = status?.runs[runId];
  const isTheirs = run?.workerGroup === workerGroup && run.workerId === workerId;
  if (!isTheirs || run.state !== 'running' || status?.taskQueueId !== taskQueueId) return;
  try {
    await queue.reportException(taskId, runId, 'worker-shutdown');
  } catch (error) {
    // It was ended meanwhile.
    if (!(error instanceof QueueError && error.code === 'RequestConflict')) throw error;
  }
}

/** Slipway's own methods beside the contract's that answer with JSON. */
export const OWN_SERVICE: Service<OwnContext> = {
  name: 'slipway',
  version: 'v1',
  title: 'Slipway',
  parameters: { taskId: { pattern: SLUGID } },
  methods: [PRODUCT, WAIT, TASKS, STOP_WAITING, LOSE_RUNS],
};

import { z } from 'zod';
import { methodsOf, type Queue, QueueError } from '../../queue/index.ts';
import type { QueuesAnswer } from '../wire.ts';

export interface QueuesContext {
  /** Absent: this server has none. */
  readonly queue: Pick<Queue, 'overview'> | undefined;
}

const TASK_QUEUE_ID = /^[a-zA-Z0-9_-]{1,38}\/[a-z](?:[-a-z0-9]{0,36}[a-z0-9])?$/;

const Run = z.strictObject({
  taskId: z.string(),
  runId: z.int(),
  name: z.string(),
  started: z.iso.datetime(),
  takenUntil: z.iso.datetime(),
});

const Worker = z.strictObject({
  workerGroup: z.string(),
  workerId: z.string(),
  firstClaim: z.iso.datetime(),
  lastDateActive: z.iso.datetime(),
  quarantineUntil: z.iso.datetime().exactOptional(),
  running: z.array(Run),
});

const Queues = z.strictObject({
  queues: z.array(
    z.strictObject({
      taskQueueId: z.string(),
      pending: z.int(),
      claimed: z.int(),
      lastDateActive: z.iso.datetime().exactOptional(),
      workers: z.array(Worker),
      workerCount: z.int(),
    }),
  ),
});

const method = methodsOf<QueuesContext>();

/** `GET /api/slipway/v1/queues[?taskQueueId=]`. */
export const QUEUES = method({
  name: 'queues',
  verb: 'GET',
  path: '/queues',
  about: 'says what waits and runs in task queues, and what each worker has now',
  query: { taskQueueId: TASK_QUEUE_ID },
  scopes: { AllOf: ['queue:list-task-queues', 'queue:list-workers:*', 'queue:claimed-list:*'] },
  output: Queues,
  async handle({ query: { taskQueueId } }, { queue }): Promise<QueuesAnswer> {
    if (queue === undefined) throw new QueueError('ResourceNotFound', 'This server has no queue.');
    return { queues: await queue.overview(taskQueueId) };
  },
});

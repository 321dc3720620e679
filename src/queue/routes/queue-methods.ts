import {
  ClaimedListAnswer,
  CountsAnswer,
  PendingAnswer,
  PendingListAnswer,
  TaskQueueAnswer,
  TaskQueuesAnswer,
} from '../../queue-api/schema/index.ts';
import type { TaskQueueRecord } from '../queue.ts';
import { found, method, PAGED, pageOf } from './queue-context.ts';

/** The two halves of a queue's name. */
export function halvesOf(taskQueueId: string): {
  readonly provisionerId: string;
  readonly workerType: string;
} {
  const [provisionerId = '', workerType = ''] = taskQueueId.split('/');
  return { provisionerId, workerType };
}

/** A queue as it is answered. */
export const queueAnswer = (record: TaskQueueRecord) => ({
  ...halvesOf(record.taskQueueId),
  taskQueueId: record.taskQueueId,
  stability: record.stability,
  description: record.description,
  expires: record.expires,
  lastDateActive: record.lastDateActive,
  actions: [],
});

/** Queues, and what is in them. */
export const QUEUE_METHODS = [
  method({
    name: 'pendingTasks',
    verb: 'GET',
    path: '/pending/<taskQueueId>',
    about: 'counts the runs of a queue that wait for a worker',
    isDeprecated: true,
    scopes: 'queue:pending-count:<taskQueueId>',
    output: PendingAnswer,
    async handle({ params: { taskQueueId } }, { queue }) {
      const { pending } = await queue.counts(taskQueueId);
      return { ...halvesOf(taskQueueId), taskQueueId, pendingTasks: pending };
    },
  }),
  method({
    name: 'taskQueueCounts',
    verb: 'GET',
    path: '/task-queues/<taskQueueId>/counts',
    about: 'counts the runs of a queue that wait for a worker, and those that have one',
    scopes: { AllOf: ['queue:pending-count:<taskQueueId>', 'queue:claimed-count:<taskQueueId>'] },
    output: CountsAnswer,
    async handle({ params: { taskQueueId } }, { queue }) {
      const { pending, claimed } = await queue.counts(taskQueueId);
      return { ...halvesOf(taskQueueId), taskQueueId, pendingTasks: pending, claimedTasks: claimed };
    },
  }),
  method({
    name: 'listPendingTasks',
    verb: 'GET',
    path: '/task-queues/<taskQueueId>/pending',
    about: 'lists the runs of a queue that wait for a worker',
    scopes: 'queue:pending-list:<taskQueueId>',
    query: PAGED,
    output: PendingListAnswer,
    async handle({ params: { taskQueueId }, query }, { queue }) {
      const { items, ...next } = await queue.pendingTasks(taskQueueId, pageOf(query));
      return { tasks: items, ...next };
    },
  }),
  method({
    name: 'listClaimedTasks',
    verb: 'GET',
    path: '/task-queues/<taskQueueId>/claimed',
    about: 'lists the runs of a queue that a worker has',
    scopes: 'queue:claimed-list:<taskQueueId>',
    query: PAGED,
    output: ClaimedListAnswer,
    async handle({ params: { taskQueueId }, query }, { queue }) {
      const { items, ...next } = await queue.claimedTasks(taskQueueId, pageOf(query));
      return { tasks: items, ...next };
    },
  }),
  method({
    name: 'listTaskQueues',
    verb: 'GET',
    path: '/task-queues',
    about: 'lists the queues that were used in the last days',
    scopes: 'queue:list-task-queues',
    query: PAGED,
    output: TaskQueuesAnswer,
    async handle({ query }, { queue }) {
      const { items, ...next } = await queue.taskQueues(pageOf(query));
      return { taskQueues: items.map(queueAnswer), ...next };
    },
  }),
  method({
    name: 'getTaskQueue',
    verb: 'GET',
    path: '/task-queues/<taskQueueId>',
    about: 'gives the facts of a queue',
    scopes: 'queue:get-task-queue:<taskQueueId>',
    output: TaskQueueAnswer,
    handle: async ({ params: { taskQueueId } }, { queue }) =>
      queueAnswer(found(await queue.taskQueue(taskQueueId), `task queue ${taskQueueId}`)),
  }),
];

import {
  CanceledGroupAnswer,
  ChangedGroupAnswer,
  GroupAnswer,
  GroupListAnswer,
  NewPriority,
} from '../../queue-api/schema/index.ts';
import type { Queue, TaskGroup } from '../queue.ts';
import { found, method, PAGED, pageOf } from './queue-context.ts';

/** Groups of tasks. */
export const GROUP_METHODS = [
  method({
    name: 'listTaskGroup',
    verb: 'GET',
    path: '/task-group/<taskGroupId>/list',
    about: 'lists the tasks of a group',
    scopes: 'queue:list-task-group:<taskGroupId>',
    query: PAGED,
    output: GroupListAnswer,
    async handle({ params: { taskGroupId }, query }, { queue }) {
      const group = await groupOf(queue, taskGroupId);
      const { items, ...next } = await queue.groupTasks(taskGroupId, pageOf(query));
      return { ...group, tasks: items, ...next };
    },
  }),
  method({
    name: 'getTaskGroup',
    verb: 'GET',
    path: '/task-group/<taskGroupId>',
    about: 'says of a group what is true of all its tasks',
    scopes: 'queue:list-task-group:<taskGroupId>',
    output: GroupAnswer,
    handle: ({ params: { taskGroupId } }, { queue }) => groupOf(queue, taskGroupId),
  }),
  method({
    name: 'sealTaskGroup',
    verb: 'POST',
    path: '/task-group/<taskGroupId>/seal',
    about: 'lets no more tasks into a group, for good',
    scopes: 'queue:seal-task-group:<schedulerId>/<taskGroupId>',
    output: GroupAnswer,
    async handle({ params: { taskGroupId }, authorize }, { queue }) {
      const { schedulerId } = await groupOf(queue, taskGroupId);
      authorize({ schedulerId });
      return await queue.sealGroup(taskGroupId);
    },
  }),
  method({
    name: 'cancelTaskGroup',
    verb: 'POST',
    path: '/task-group/<taskGroupId>/cancel',
    about: 'ends all tasks of a sealed group',
    scopes: 'queue:cancel-task-group:<schedulerId>/<taskGroupId>',
    output: CanceledGroupAnswer,
    async handle({ params: { taskGroupId }, authorize }, { queue }) {
      const { schedulerId } = await groupOf(queue, taskGroupId);
      authorize({ schedulerId });
      const { taskGroupSize, taskIds } = await queue.cancelGroup(taskGroupId);
      return { taskGroupId, taskGroupSize, cancelledCount: taskIds.length, taskIds };
    },
  }),
  method({
    name: 'changeTaskGroupPriority',
    verb: 'POST',
    path: '/task-group/<taskGroupId>/priority',
    about: 'changes how urgent the tasks of a group are that have not ended',
    scopes: 'queue:change-task-group-priority:<schedulerId>/<taskGroupId>',
    input: NewPriority,
    output: ChangedGroupAnswer,
    async handle({ params: { taskGroupId }, body: { newPriority }, authorize }, { queue }) {
      const { schedulerId } = await groupOf(queue, taskGroupId);
      authorize({ schedulerId });
      const { taskIds } = await queue.changeGroupPriority(taskGroupId, newPriority);
      return { taskGroupId, schedulerId, newPriority, tasksAffected: taskIds.length, taskIds };
    },
  }),
];

const groupOf = async (queue: Queue, taskGroupId: string): Promise<TaskGroup> =>
  found(await queue.group(taskGroupId), `task group ${taskGroupId}`);

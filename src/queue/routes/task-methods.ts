import type { TaskStatus } from '../../queue-api/index.ts';
import {
  DependentsAnswer,
  NewPriority,
  StatusAnswer,
  StatusesAnswer,
  TaskDefinition,
  TaskIds,
  TasksAnswer,
} from '../../queue-api/schema/index.ts';
import { QueueError } from '../error.ts';
import type { Queue } from '../queue.ts';
import { found, method, PAGED, pageOf, type QueueContext } from './queue-context.ts';

const MOST_AT_ONCE = 1000;

/** What somebody asks of tasks, and what becomes of them by somebody's word. */
export const TASK_METHODS = [
  method({
    name: 'task',
    verb: 'GET',
    path: '/task/<taskId>',
    about: 'gives the definition of a task',
    scopes: 'queue:get-task:<taskId>',
    output: TaskDefinition,
    handle: async ({ params: { taskId } }, { queue }) => found(await queue.task(taskId), `task ${taskId}`),
  }),
  method({
    name: 'tasks',
    verb: 'POST',
    path: '/tasks',
    about: 'gives the definitions of many tasks; those that are not there are left out',
    query: PAGED,
    input: TaskIds,
    output: TasksAnswer,
    scopes: { AllOf: [{ each: 'queue:get-task:<taskId>', for: 'taskId', in: 'taskIds' }] },
    async handle({ body: { taskIds }, query, authorize }, { queue }) {
      authorize({ taskIds });
      const { ids, next } = partOf(taskIds, query);
      const tasks = await queue.tasks(ids);
      return { tasks: tasks.map(({ status: { taskId }, task }) => ({ taskId, task })), ...next };
    },
  }),
  method({
    name: 'status',
    verb: 'GET',
    path: '/task/<taskId>/status',
    about: 'says what became of a task so far',
    scopes: 'queue:status:<taskId>',
    output: StatusAnswer,
    handle: async ({ params: { taskId } }, { queue }) => ({ status: await statusOf(queue, taskId) }),
  }),
  method({
    name: 'statuses',
    verb: 'POST',
    path: '/tasks/status',
    about: 'says what became of many tasks; those that are not there are left out',
    query: PAGED,
    input: TaskIds,
    output: StatusesAnswer,
    scopes: { AllOf: [{ each: 'queue:status:<taskId>', for: 'taskId', in: 'taskIds' }] },
    async handle({ body: { taskIds }, query, authorize }, { queue }) {
      authorize({ taskIds });
      const { ids, next } = partOf(taskIds, query);
      const tasks = await queue.tasks(ids);
      return { statuses: tasks.map(({ status }) => ({ taskId: status.taskId, status })), ...next };
    },
  }),
  method({
    name: 'listDependentTasks',
    verb: 'GET',
    path: '/task/<taskId>/dependents',
    about: 'lists the tasks that wait for a task',
    scopes: 'queue:list-dependent-tasks:<taskId>',
    query: PAGED,
    output: DependentsAnswer,
    async handle({ params: { taskId }, query }, { queue }) {
      await statusOf(queue, taskId);
      const { items, ...next } = await queue.dependents(taskId, pageOf(query));
      return { taskId, tasks: items, ...next };
    },
  }),
  turn('schedule', 'makes a task pending, whatever it waits for', (queue, id) => queue.scheduleTask(id)),
  turn('rerun', 'runs a task that has ended once more', (queue, id) => queue.rerunTask(id)),
  turn('cancel', 'ends a task', (queue, id) => queue.cancelTask(id)),
  method({
    name: 'changeTaskPriority',
    verb: 'POST',
    path: '/task/<taskId>/priority',
    about: 'changes how urgent a task is',
    input: NewPriority,
    output: StatusAnswer,
    scopes: {
      AnyOf: ['queue:change-task-priority:<taskId>', 'queue:change-task-priority-in-queue:<taskQueueId>'],
    },
    async handle({ params: { taskId }, body, authorize }, { queue }) {
      const { taskQueueId } = await statusOf(queue, taskId);
      authorize({ taskQueueId });
      return { status: await queue.changePriority(taskId, body.newPriority) };
    },
  }),
];

/** The three methods that turn a task into another state: their scopes have the same pattern. */
function turn(
  word: 'schedule' | 'rerun' | 'cancel',
  about: string,
  change: (queue: Queue, taskId: string) => Promise<TaskStatus>,
) {
  return method({
    name: `${word}Task`,
    verb: 'POST',
    path: `/task/<taskId>/${word}`,
    about,
    output: StatusAnswer,
    scopes: {
      AnyOf: [
        `queue:${word}-task:<schedulerId>/<taskGroupId>/<taskId>`,
        `queue:${word}-task-in-project:<projectId>`,
        { AllOf: [`queue:${word}-task`, 'assume:scheduler-id:<schedulerId>/<taskGroupId>'] },
      ],
    },
    async handle({ params: { taskId }, authorize }, { queue }: QueueContext) {
      const { schedulerId, taskGroupId, projectId } = await statusOf(queue, taskId);
      authorize({ schedulerId, taskGroupId, projectId });
      return { status: await change(queue, taskId) };
    },
  });
}

const statusOf = async (queue: Queue, taskId: string): Promise<TaskStatus> =>
  found(await queue.status(taskId), `task ${taskId}`);

/** A part of a list that the client sends again with each part: the token says how far it got. */
function partOf(
  taskIds: readonly string[],
  { limit, continuationToken }: Readonly<Partial<Record<string, string>>>,
): { readonly ids: readonly string[]; readonly next: { readonly continuationToken?: string } } {
  const from = continuationToken === undefined ? 0 : Number(continuationToken);
  if (!Number.isSafeInteger(from) || from < 0 || from > taskIds.length) {
    throw new QueueError(
      'InputError',
      'The continuationToken is none that this method gave for such a list.',
    );
  }
  const to = from + Number(limit ?? MOST_AT_ONCE);
  const ids = taskIds.slice(from, to);
  return { ids, next: to < taskIds.length ? { continuationToken: String(to) } : {} };
}

import type { TaskDefinition, TaskStatus } from '../../queue-api/index.ts';
import { type Asking, pages, path, QUEUE, query } from '../asking.ts';
import type { QueueClient } from '../queue-client.ts';

type TaskMethods = Pick<
  QueueClient,
  | 'ping'
  | 'createTask'
  | 'task'
  | 'status'
  | 'listGroup'
  | 'rerunTask'
  | 'cancelTask'
  | 'scheduleTask'
  | 'changeTaskPriority'
>;

export const taskMethods = ({ get, put, postForStatus }: Asking): TaskMethods => ({
  async ping(options) {
    await get('ping', `${QUEUE}/ping`, 'anything', options);
  },
  async createTask(taskId, task, options) {
    const where = QUEUE + path`/task/${taskId}`;
    const answer = await put<{ status: TaskStatus }>('createTask', where, 'status', {
      ...options,
      body: task,
    });
    return answer.status;
  },
  task: async (taskId, options) =>
    await get<TaskDefinition>('task', QUEUE + path`/task/${taskId}`, 'task', options),
  async status(taskId, options) {
    const where = QUEUE + path`/task/${taskId}/status`;
    return (await get<{ status: TaskStatus }>('status', where, 'status', options)).status;
  },
  async *listGroup(taskGroupId, options) {
    const where = QUEUE + path`/task-group/${taskGroupId}/list`;
    const list = async (continuationToken: string | undefined) =>
      await get<{ tasks: { status: TaskStatus; task: TaskDefinition }[] }>(
        'listTaskGroup',
        where + query({ continuationToken }),
        'tasks',
        options,
      );
    for await (const { tasks } of pages(list)) yield* tasks;
  },
  rerunTask: async (taskId, options) =>
    await postForStatus('rerunTask', path`/task/${taskId}/rerun`, options),
  cancelTask: async (taskId, options) =>
    await postForStatus('cancelTask', path`/task/${taskId}/cancel`, options),
  scheduleTask: async (taskId, options) =>
    await postForStatus('scheduleTask', path`/task/${taskId}/schedule`, options),
  changeTaskPriority: async (taskId, newPriority, options) =>
    await postForStatus('changeTaskPriority', path`/task/${taskId}/priority`, {
      ...options,
      body: { newPriority },
    }),
});

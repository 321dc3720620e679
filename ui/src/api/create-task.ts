import { ask } from './ask.ts';
import { QUEUE_API, type TaskStatus } from './tasks.ts';

const taskPath = (taskId: string): string => `${QUEUE_API}/task/${encodeURIComponent(taskId)}`;

/** Makes a task; again with the same definition it changes nothing. */
export async function createTask(taskId: string, definition: object): Promise<TaskStatus> {
  const { status } = await ask<{ readonly status: TaskStatus }>(taskPath(taskId), {
    method: 'PUT',
    body: definition,
  });
  return status;
}

/** A task's whole definition. */
export const getDefinition = (
  taskId: string,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> =>
  ask<Readonly<Record<string, unknown>>>(taskPath(taskId), { signal });

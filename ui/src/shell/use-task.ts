import { ask } from '../api/ask.ts';
import { QUEUE_API, type TaskDefinition, type TaskStatus } from '../api/tasks.ts';
import { useResource } from '../api/use-resource.ts';

/** What the page of a shell says of its task. */
export interface ShellTask {
  readonly name: string;
  readonly status: TaskStatus;
}

/** The task that a shell is in, as it is now; `undefined` until it is known, and where it may not be. */
export function useTaskOfShell(taskId: string): ShellTask | undefined {
  const path = `${QUEUE_API}/task/${encodeURIComponent(taskId)}`;
  const { data } = useResource(
    taskId,
    async (signal) => {
      const [{ metadata }, { status }] = await Promise.all([
        ask<TaskDefinition>(path, { signal }),
        ask<{ readonly status: TaskStatus }>(`${path}/status`, { signal }),
      ]);
      return { name: metadata.name, status };
    },
    { changes: [{ kind: 'task', taskId }] },
  );
  return data;
}

import type { ListedTask, TaskState } from '../api/tasks.ts';

const ORDER: readonly TaskState[] = ['running', 'pending', 'unscheduled', 'failed', 'exception', 'completed'];

/** How many tasks are in which state. */
export const statesOf = (
  tasks: readonly Pick<ListedTask, 'status'>[],
): readonly { readonly state: TaskState; readonly count: number }[] =>
  ORDER.map((state) => ({
    state,
    count: tasks.filter(({ status }) => status.state === state).length,
  })).filter(({ count }) => count > 0);

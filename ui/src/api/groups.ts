import { ask } from './ask.ts';
import { type ListedTask, QUEUE_API } from './tasks.ts';

/** A group of tasks, as far as it is shown. */
export interface TaskGroup {
  readonly taskGroupId: string;
  readonly schedulerId: string;
  readonly expires: string;
  /** When it was sealed; absent: it takes more tasks. */
  readonly sealed?: string;
  readonly tasks: readonly ListedTask[];
  /** It has more than are shown. */
  readonly hasMore: boolean;
}

interface GroupPage {
  readonly taskGroupId: string;
  readonly schedulerId: string;
  readonly expires: string;
  readonly sealed?: string;
  readonly tasks: readonly ListedTask[];
  readonly continuationToken?: string;
}

const pathOf = (taskGroupId: string): string => `${QUEUE_API}/task-group/${encodeURIComponent(taskGroupId)}`;

/** So many tasks of a group are shown. */
const MAX_TASKS = 5000;

export async function getGroup(taskGroupId: string, signal?: AbortSignal): Promise<TaskGroup> {
  const tasks: ListedTask[] = [];
  let after: string | undefined;
  for (;;) {
    const query = { limit: 1000, continuationToken: after };
    const {
      continuationToken,
      tasks: some,
      ...group
    } = await ask<GroupPage>(`${pathOf(taskGroupId)}/list`, {
      query,
      signal,
    });
    tasks.push(...some);
    after = continuationToken;
    if (after === undefined || tasks.length >= MAX_TASKS)
      return { ...group, tasks, hasMore: after !== undefined };
  }
}

/** Ends all tasks of a group: no more may come to it first. */
export async function cancelGroup(taskGroupId: string): Promise<void> {
  await ask(`${pathOf(taskGroupId)}/seal`, { method: 'POST', isRepeatable: true });
  await ask(`${pathOf(taskGroupId)}/cancel`, { method: 'POST', isRepeatable: true });
}

import { ask } from './ask.ts';
import type { ListPage, ListQuestion } from './use-list.ts';

/** Tasks as the Queue API tells of them (`docs/contracts/queue.md`): the fields that the page shows. Moments are ISO 8601. */
export type TaskState = 'unscheduled' | 'pending' | 'running' | 'completed' | 'failed' | 'exception';

export interface TaskRun {
  readonly runId: number;
  readonly state: Exclude<TaskState, 'unscheduled'>;
  readonly reasonCreated: string;
  readonly reasonResolved?: string;
  readonly workerGroup?: string;
  readonly workerId?: string;
  readonly takenUntil?: string;
  readonly scheduled: string;
  readonly started?: string;
  readonly resolved?: string;
}

export interface TaskStatus {
  readonly taskId: string;
  readonly taskQueueId: string;
  readonly provisionerId: string;
  readonly workerType: string;
  readonly schedulerId: string;
  readonly projectId: string;
  readonly taskGroupId: string;
  readonly priority: string;
  readonly deadline: string;
  readonly expires: string;
  readonly retriesLeft: number;
  readonly state: TaskState;
  readonly runs: readonly TaskRun[];
}

export interface TaskDefinition {
  readonly taskGroupId: string;
  readonly taskQueueId: string;
  readonly projectId: string;
  readonly dependencies: readonly string[];
  readonly requires: 'all-completed' | 'all-resolved';
  readonly priority: string;
  readonly created: string;
  readonly deadline: string;
  readonly scopes: readonly string[];
  readonly payload: unknown;
  readonly metadata: {
    readonly name: string;
    readonly description: string;
    readonly owner: string;
    readonly source: string;
  };
  readonly tags: Readonly<Record<string, string>>;
  readonly extra: Readonly<Record<string, unknown>>;
}

export interface ListedTask {
  readonly status: TaskStatus;
  readonly task: TaskDefinition;
}

export interface TaskFilter {
  readonly state?: string | undefined;
  readonly taskQueueId?: string | undefined;
}

export const QUEUE_API = '/api/queue/v1';
export const OWN_API = '/api/slipway/v1';

/** Tasks, the newest first. */
export async function listTasks(
  filter: TaskFilter,
  { limit, after, signal }: ListQuestion,
): Promise<ListPage<ListedTask>> {
  const query = { ...filter, limit, continuationToken: after };
  const { tasks, continuationToken } = await ask<{
    readonly tasks: readonly ListedTask[];
    readonly continuationToken?: string;
  }>(`${OWN_API}/tasks`, { query, signal });
  return { items: tasks, next: continuationToken };
}

/** The run of a task that says how it is: its last. */
export const lastRunOf = ({ runs }: TaskStatus): TaskRun | undefined => runs.at(-1);

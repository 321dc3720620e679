/** From the most to the least urgent. */
export const PRIORITIES = ['highest', 'very-high', 'high', 'medium', 'low', 'very-low', 'lowest'] as const;

export type Priority = (typeof PRIORITIES)[number];

/** When a task with dependencies becomes pending. */
export type Requires = 'all-completed' | 'all-resolved';

export interface TaskMetadata {
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly source: string;
}

/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

/** A task as the queue keeps and gives it: all defaults filled in, moments in ISO 8601 with `Z` and milliseconds. */
export interface TaskDefinition {
  readonly provisionerId: string;
  readonly workerType: string;
  /** `<provisionerId>/<workerType>` */
  readonly taskQueueId: string;
  readonly schedulerId: string;
  readonly projectId: string;
  readonly taskGroupId: string;
  readonly dependencies: readonly string[];
  readonly requires: Requires;
  readonly routes: readonly string[];
  readonly priority: Priority;
  /** From 0 to 49. */
  readonly retries: number;
  readonly created: string;
  readonly deadline: string;
  readonly expires: string;
  readonly scopes: readonly string[];
  readonly payload: JsonObject;
  readonly metadata: TaskMetadata;
  readonly tags: Readonly<Record<string, string>>;
  readonly extra: JsonObject;
}

/** A task as somebody asks for it. */
export type TaskRequest = Pick<TaskDefinition, 'created' | 'deadline' | 'payload' | 'metadata'> &
  Partial<TaskDefinition>;

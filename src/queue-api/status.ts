import type { Priority } from './task.ts';

export type RunState = 'pending' | 'running' | 'completed' | 'failed' | 'exception';
export type TaskState = 'unscheduled' | RunState;

export type ReasonCreated = 'scheduled' | 'retry' | 'task-retry' | 'rerun' | 'exception';

/** What a worker may say of a run that ended as an exception. */
export const REPORTED_REASONS = [
  'worker-shutdown',
  'malformed-payload',
  'resource-unavailable',
  'internal-error',
  'superseded',
  'intermittent-task',
] as const;
export type ReportedReason = (typeof REPORTED_REASONS)[number];

export type ReasonResolved =
  | 'completed'
  | 'failed'
  | 'deadline-exceeded'
  | 'canceled'
  | 'claim-expired'
  | ReportedReason;

/** One attempt at a task. Moments are ISO 8601. */
export interface TaskRun {
  /** From 0. */
  readonly runId: number;
  readonly state: RunState;
  readonly reasonCreated: ReasonCreated;
  readonly reasonResolved?: ReasonResolved;
  readonly workerGroup?: string;
  readonly workerId?: string;
  /** Until when the claim holds. */
  readonly takenUntil?: string;
  readonly scheduled: string;
  readonly started?: string;
  readonly resolved?: string;
}

export interface TaskStatus {
  readonly taskId: string;
  readonly provisionerId: string;
  readonly workerType: string;
  readonly taskQueueId: string;
  readonly schedulerId: string;
  readonly projectId: string;
  readonly taskGroupId: string;
  readonly priority: Priority;
  readonly deadline: string;
  readonly expires: string;
  readonly retriesLeft: number;
  readonly state: TaskState;
  readonly runs: readonly TaskRun[];
}

/** Whether a task or run has ended. */
export const isResolved = (state: TaskState): boolean =>
  state === 'completed' || state === 'failed' || state === 'exception';

import { amount, choice, count, duration, type Field, list, object, optional, text } from './field.ts';

export const TASK_STATES = ['unscheduled', 'pending', 'running', 'completed', 'failed', 'exception'] as const;

export interface ShownTaskRun {
  readonly runId: number;
  readonly state: string;
  readonly reasonCreated: string;
  readonly reasonResolved?: string;
  readonly workerGroup?: string;
  readonly workerId?: string;
  readonly scheduled: string;
  readonly started?: string;
  readonly resolved?: string;
}

export interface ShownTask {
  readonly taskId: string;
  readonly taskGroupId: string;
  readonly taskQueueId: string;
  readonly state: (typeof TASK_STATES)[number];
  readonly name?: string;
  readonly created?: string;
  readonly deadline: string;
  readonly expires: string;
  readonly retriesLeft: number;
  readonly runs: readonly ShownTaskRun[];
}

/** What the commands about tasks of a queue answer. */
export interface TaskLines {
  /** What one project used. */
  readonly usage: {
    readonly project: string;
    /** ISO 8601: the beginning of the first day, and the end of the last one. */
    readonly from: string;
    readonly to: string;
    readonly runs: number;
    readonly failedRuns: number;
    readonly minutes: number;
    readonly bytes: number;
  };
  /** A task as it is now. */
  readonly task: ShownTask;
  readonly 'task-created': {
    readonly taskId: string;
    readonly taskQueueId: string;
    readonly rootUrl: string;
  };
  /** What was printed meanwhile. */
  readonly 'task-log': { readonly taskId: string; readonly runId: number; readonly text: string };
  readonly 'task-artifact': {
    readonly taskId: string;
    readonly name: string;
    readonly storageType: string;
    readonly contentType: string;
    readonly expires: string;
    readonly sizeBytes?: number;
  };
  readonly 'task-artifact-fetched': {
    readonly taskId: string;
    readonly name: string;
    readonly path: string;
    readonly sizeBytes: number;
    readonly sha256: string;
    readonly durationMs: number;
  };
}

const run: Field<ShownTaskRun> = object({
  runId: count('from 0'),
  state: text(),
  reasonCreated: text(),
  reasonResolved: optional(text()),
  workerGroup: optional(text()),
  workerId: optional(text()),
  scheduled: text('ISO 8601'),
  started: optional(text('ISO 8601')),
  resolved: optional(text('ISO 8601')),
});

export const TASK_LINES: { readonly [T in keyof TaskLines]: Field<TaskLines[T]> } = {
  usage: object({
    project: text('project of tasks, application of runs, or user of image builds'),
    from: text('ISO 8601'),
    to: text('ISO 8601'),
    runs: count(),
    failedRuns: count('those that did not pass'),
    minutes: amount('of all runs, from their start to their end'),
    bytes: count('of what they stored'),
  }),
  task: object({
    taskId: text(),
    taskGroupId: text(),
    taskQueueId: text(),
    state: choice(...TASK_STATES),
    name: optional(text()),
    created: optional(text('ISO 8601')),
    deadline: text('ISO 8601'),
    expires: text('ISO 8601'),
    retriesLeft: count(),
    runs: list(run),
  }),
  'task-created': object({ taskId: text(), taskQueueId: text(), rootUrl: text('of the queue') }),
  'task-log': object({ taskId: text(), runId: count(), text: text('what was printed meanwhile') }),
  'task-artifact': object({
    taskId: text(),
    name: text(),
    storageType: text(),
    contentType: text(),
    expires: text('ISO 8601'),
    sizeBytes: optional(count('absent: nobody said it')),
  }),
  'task-artifact-fetched': object({
    taskId: text(),
    name: text(),
    path: text(),
    sizeBytes: count(),
    sha256: text('in hex'),
    durationMs: duration,
  }),
};

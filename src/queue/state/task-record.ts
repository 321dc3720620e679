import type { Moment } from '../../database/index.ts';
import {
  PRIORITIES,
  type Priority,
  type TaskRun,
  type TaskState,
  type TaskStatus,
} from '../../queue-api/index.ts';

/** When something is decided: the moment, and the place of a run that becomes pending by it. */
export type { Moment };

type Moments = 'takenUntil' | 'scheduled' | 'started' | 'resolved';

/** A run whose moments are milliseconds since the epoch. */
export type Run = Omit<TaskRun, Moments> & { readonly scheduled: number } & {
  readonly [name in Exclude<Moments, 'scheduled'>]?: number;
};

/** All that changes of a task, and what is needed to decide on it. */
export interface TaskRecord {
  readonly taskId: string;
  /** Goes up with every change: what was decided is written only where it is still the same. */
  readonly revision: number;
  readonly taskQueueId: string;
  readonly schedulerId: string;
  readonly projectId: string;
  readonly taskGroupId: string;
  readonly priority: Priority;
  readonly retries: number;
  readonly retriesLeft: number;
  readonly deadline: number;
  readonly expires: number;
  /** Whether tasks wait, or waited, for it. */
  readonly hasDependents: boolean;
  /** Its turn among the pending runs of its priority: the lower one is first. */
  readonly place: number;
  readonly runs: readonly Run[];
}

export const lastRun = ({ runs }: TaskRecord): Run | undefined => runs.at(-1);
export const stateOf = (record: TaskRecord): TaskState => lastRun(record)?.state ?? 'unscheduled';

/** Higher is more urgent. */
export const rankOf = (priority: Priority): number => PRIORITIES.length - 1 - PRIORITIES.indexOf(priority);
export const priorityOf = (rank: number): Priority => PRIORITIES[PRIORITIES.length - 1 - rank] ?? 'lowest';

export const iso = (moment: number): string => new Date(moment).toISOString();

/** A run as the API shows it. */
export function showRun({ takenUntil, scheduled, started, resolved, ...run }: Run): TaskRun {
  const { runId, state, reasonCreated, reasonResolved, workerGroup, workerId } = run;
  return {
    runId,
    state,
    reasonCreated,
    ...(reasonResolved !== undefined && { reasonResolved }),
    ...(workerGroup !== undefined && { workerGroup }),
    ...(workerId !== undefined && { workerId }),
    ...(takenUntil !== undefined && { takenUntil: iso(takenUntil) }),
    scheduled: iso(scheduled),
    ...(started !== undefined && { started: iso(started) }),
    ...(resolved !== undefined && { resolved: iso(resolved) }),
  };
}

/** A task's status as the API shows it. */
export function showStatus(record: TaskRecord): TaskStatus {
  const [provisionerId = '', workerType = ''] = record.taskQueueId.split('/');
  return {
    taskId: record.taskId,
    provisionerId,
    workerType,
    taskQueueId: record.taskQueueId,
    schedulerId: record.schedulerId,
    projectId: record.projectId,
    taskGroupId: record.taskGroupId,
    priority: record.priority,
    deadline: iso(record.deadline),
    expires: iso(record.expires),
    retriesLeft: record.retriesLeft,
    state: stateOf(record),
    runs: record.runs.map(showRun),
  };
}

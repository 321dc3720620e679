import type { Row } from '../../database/index.ts';
import type { RunState, TaskDefinition } from '../../queue-api/index.ts';
import { lastRun, priorityOf, type Run, rankOf, stateOf, type TaskRecord } from '../state/task-record.ts';
import type { Columns } from './recordset.ts';

/** What changes of a task, as `save` writes it. */
export const CHANGING = {
  state: 'text',
  priority: 'bigint',
  retries_left: 'bigint',
  place: 'bigint',
  run_id: 'bigint',
  reason_created: 'text',
  reason_resolved: 'text',
  worker_group: 'text',
  worker_id: 'text',
  taken_until: 'bigint',
  scheduled: 'bigint',
  started: 'bigint',
  resolved: 'bigint',
  earlier_runs: 'text',
} as const satisfies Columns;

/** All that a record is made of. */
export const RECORD_COLUMNS = [
  'task_id',
  'revision',
  'task_queue_id',
  'scheduler_id',
  'project_id',
  'task_group_id',
  'retries',
  'deadline',
  'expires',
  'has_dependents',
  ...Object.keys(CHANGING),
];

/** A record's changing columns. */
export function changingRow(record: TaskRecord): Record<keyof typeof CHANGING, string | number | null> {
  const run = lastRun(record);
  return {
    state: stateOf(record),
    priority: rankOf(record.priority),
    retries_left: record.retriesLeft,
    place: record.place,
    run_id: run?.runId ?? null,
    reason_created: run?.reasonCreated ?? null,
    reason_resolved: run?.reasonResolved ?? null,
    worker_group: run?.workerGroup ?? null,
    worker_id: run?.workerId ?? null,
    taken_until: run?.takenUntil ?? null,
    scheduled: run?.scheduled ?? null,
    started: run?.started ?? null,
    resolved: run?.resolved ?? null,
    earlier_runs: JSON.stringify(record.runs.slice(0, -1)),
  };
}

// The columns are those of our own tables, written by `changingRow`: their types are known.
const text = (row: Row, name: string): string => row[name] as string;
const number = (row: Row, name: string): number => row[name] as number;
const optional = <T>(row: Row, name: string): T | undefined => (row[name] as T | null) ?? undefined;

function lastOf(row: Row): Run | undefined {
  const runId = optional<number>(row, 'run_id');
  if (runId === undefined) return undefined;
  const reasonResolved = optional<NonNullable<Run['reasonResolved']>>(row, 'reason_resolved');
  const workerGroup = optional<string>(row, 'worker_group');
  const workerId = optional<string>(row, 'worker_id');
  const takenUntil = optional<number>(row, 'taken_until');
  const started = optional<number>(row, 'started');
  const resolved = optional<number>(row, 'resolved');
  return {
    runId,
    state: text(row, 'state') as RunState,
    reasonCreated: text(row, 'reason_created') as Run['reasonCreated'],
    ...(reasonResolved !== undefined && { reasonResolved }),
    ...(workerGroup !== undefined && { workerGroup }),
    ...(workerId !== undefined && { workerId }),
    ...(takenUntil !== undefined && { takenUntil }),
    scheduled: number(row, 'scheduled'),
    ...(started !== undefined && { started }),
    ...(resolved !== undefined && { resolved }),
  };
}

/** A row with `RECORD_COLUMNS`. */
export function recordOf(row: Row): TaskRecord {
  const last = lastOf(row);
  const earlier: readonly Run[] = JSON.parse(text(row, 'earlier_runs'));
  return {
    taskId: text(row, 'task_id'),
    revision: number(row, 'revision'),
    taskQueueId: text(row, 'task_queue_id'),
    schedulerId: text(row, 'scheduler_id'),
    projectId: text(row, 'project_id'),
    taskGroupId: text(row, 'task_group_id'),
    priority: priorityOf(number(row, 'priority')),
    retries: number(row, 'retries'),
    retriesLeft: number(row, 'retries_left'),
    deadline: number(row, 'deadline'),
    expires: number(row, 'expires'),
    hasDependents: Boolean(row['has_dependents']),
    place: number(row, 'place'),
    runs: last === undefined ? earlier : [...earlier, last],
  };
}

/** The definition in a row, with the priority that the task has now. */
export function definitionOf(row: Row): TaskDefinition {
  const definition: TaskDefinition = JSON.parse(text(row, 'definition'));
  return { ...definition, priority: priorityOf(number(row, 'priority')) };
}

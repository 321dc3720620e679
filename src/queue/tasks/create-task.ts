import { isDeepStrictEqual } from 'node:util';
import type { Clock, Database, Execution, Row } from '../../database/index.ts';
import type { TaskDefinition, TaskRequest, TaskState, TaskStatus } from '../../queue-api/index.ts';
import { QueueError } from '../error.ts';
import {
  DEFINITION_OF,
  GROUP_OF,
  INSERT_DEFINITIONS,
  INSERT_DEPENDENCIES,
  INSERT_GROUPS,
  INSERT_TASKS,
  MARK_REQUIRED,
} from '../sql/tasks.ts';
import { checkNewTask, normaliseTask } from '../state/normalise-task.ts';
import { iso, rankOf, showStatus, type TaskRecord } from '../state/task-record.ts';
import { gather } from './gather.ts';
import { persistently } from './persistently.ts';
import { changeOf, noSuchTask, type TaskNews, type TaskStore } from './task-store.ts';

interface Limits {
  readonly deadlineLimitMs: number;
  readonly dependencyLimit: number;
}

/** A task that is to be, with what it depends on. */
interface NewTask {
  readonly task: TaskDefinition;
  readonly record: TaskRecord;
  readonly dependencies: readonly { readonly id: string; readonly satisfied: boolean }[];
}

const MAX_TRIES = 20;

/** Creates tasks; those that are created at the same moment go to the database together. */
export function createTaskCreator(
  database: Database,
  parts: { readonly clock: Clock; readonly store: TaskStore; readonly news: TaskNews },
  limits: Limits,
): (taskId: string, request: TaskRequest) => Promise<TaskStatus> {
  const { clock, store, news } = parts;

  const insert = gather<NewTask, boolean>({
    size: 100,
    parallel: 2,
    keyOf: ({ record }) => record.taskId,
    async work(all) {
      const results = await database.batch(insertions(all));
      const made = new Set(results?.[1]?.map((row) => row['task_id']));
      return all.map(({ record }) => made.has(record.taskId));
    },
  });

  async function insertAlone(created: NewTask): Promise<boolean> {
    const { record, task } = created;
    const required = created.dependencies.filter(({ id, satisfied }) => !satisfied && id !== record.taskId);
    const any = task.requires === 'all-resolved';
    const mark = [JSON.stringify(required.map(({ id }) => id)), any];
    const edges = created.dependencies.map(({ id, satisfied }) => ({
      required: id,
      task_id: record.taskId,
      any_resolution: any,
      satisfied,
    }));
    const [groups, definitions, tasks] = insertions([created]);
    if (groups === undefined || definitions === undefined || tasks === undefined) return false;
    const results = await database.batch([
      { statement: MARK_REQUIRED, values: mark, rows: required.length },
      groups,
      { ...definitions, rows: 1 },
      { ...tasks, rows: 1 },
      { statement: INSERT_DEPENDENCIES, values: [JSON.stringify(edges)] },
    ]);
    return results !== undefined;
  }

  /** What the dependencies are by now. Throws `InputError` for those that cannot be waited for. */
  async function lookAtDependencies(taskId: string, task: TaskDefinition): Promise<NewTask['dependencies']> {
    const others = task.dependencies.filter((id) => id !== taskId);
    const records = await Promise.all(others.map((id) => store.record(id)));
    const known = new Map(records.map((record) => [record?.taskId, record]));
    const missing = others.filter((id) => !known.has(id));
    if (missing.length > 0) {
      throw new QueueError(
        'InputError',
        `Task ${taskId} depends on tasks that do not exist: ${some(missing)}`,
      );
    }
    const short = others.filter((id) => (known.get(id)?.expires ?? 0) < Date.parse(task.deadline));
    if (short.length > 0) {
      throw new QueueError(
        'InputError',
        `Task ${taskId} has its deadline at ${task.deadline}, and tasks that it depends on expire before: ${some(short)}`,
      );
    }
    return task.dependencies.map((id) => {
      const record = known.get(id);
      const state = record?.runs.at(-1)?.state ?? 'unscheduled';
      return { id, satisfied: id !== taskId && isEnough(task, state) };
    });
  }

  /** The task as it was created before, if it is the same one. Throws where something is in its way. */
  async function existing(taskId: string, task: TaskDefinition): Promise<TaskStatus | undefined> {
    const [row] = await database.query<Row & { definition: string }>(DEFINITION_OF, [taskId]);
    if (row !== undefined) {
      if (!isDeepStrictEqual(JSON.parse(row.definition), JSON.parse(JSON.stringify(task)))) {
        throw new QueueError('RequestConflict', `Task ${taskId} exists already, with another definition`);
      }
      const record = await store.record(taskId);
      if (record === undefined) throw noSuchTask(taskId); // it has just expired
      return showStatus(record);
    }
    const [group] = await database.query<GroupRow>(GROUP_OF, [task.taskGroupId]);
    if (group !== undefined) checkGroup(taskId, task, group);
    return undefined;
  }

  function tell(record: TaskRecord): void {
    if (record.runs.length > 0) news.pending(record.taskQueueId);
    news.changed(changeOf(record));
    news.due(record.deadline);
  }

  async function createOnce(
    taskId: string,
    task: TaskDefinition,
    isAgain: boolean,
  ): Promise<TaskStatus | undefined> {
    const dependencies = task.dependencies.length === 0 ? [] : await lookAtDependencies(taskId, task);
    const record = newRecord(
      taskId,
      task,
      clock,
      dependencies.every(({ satisfied }) => satisfied),
    );
    const created = { task, record, dependencies };
    const isMade = await (dependencies.length === 0 ? insert(created) : insertAlone(created));
    if (!isMade) {
      const before = await existing(taskId, task);
      // It may be there by the attempt before, whose answer was lost: then nobody has heard of it.
      if (isAgain && before !== undefined) tell(record);
      return before;
    }
    tell(record);
    return showStatus(record);
  }

  return async (taskId, request) => {
    const task = normaliseTask(taskId, request);
    try {
      checkNewTask(task, { now: clock.now(), ...limits });
    } catch (error) {
      // One that is there already may be created again later than a new one.
      const before = await persistently(() => existing(taskId, task)).catch((conflict: unknown) => {
        throw conflict instanceof QueueError ? error : conflict;
      });
      if (before !== undefined) return before;
      throw error;
    }
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const status = await persistently((isAgain) => createOnce(taskId, task, isAgain));
      if (status !== undefined) return status;
    }
    throw new QueueError('RequestConflict', `What task ${taskId} depends on changes too often: try again`);
  };
}

type GroupRow = Row & {
  readonly scheduler_id: string;
  readonly sealed: number | null;
};

function checkGroup(taskId: string, task: TaskDefinition, group: GroupRow): void {
  const { taskGroupId, schedulerId } = task;
  if (group.scheduler_id !== schedulerId) {
    throw new QueueError(
      'RequestConflict',
      `Task ${taskId} has schedulerId "${schedulerId}", and the group ${taskGroupId} has "${group.scheduler_id}": all tasks of a group have the same`,
    );
  }
  if (group.sealed !== null) {
    throw new QueueError(
      'RequestConflict',
      `The group ${taskGroupId} was sealed at ${iso(group.sealed)}: task ${taskId} cannot be added`,
    );
  }
}

const some = (ids: readonly string[]): string =>
  ids.length <= 5 ? ids.join(', ') : `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more`;

const isEnough = (task: TaskDefinition, state: TaskState): boolean =>
  state === 'completed' ||
  (task.requires === 'all-resolved' && (state === 'failed' || state === 'exception'));

function newRecord(taskId: string, task: TaskDefinition, clock: Clock, isDue: boolean): TaskRecord {
  const { now, place } = clock.moment();
  return {
    taskId,
    revision: 0,
    taskQueueId: task.taskQueueId,
    schedulerId: task.schedulerId,
    projectId: task.projectId,
    taskGroupId: task.taskGroupId,
    priority: task.priority,
    retries: task.retries,
    retriesLeft: task.retries,
    deadline: Date.parse(task.deadline),
    expires: Date.parse(task.expires),
    hasDependents: task.dependencies.includes(taskId),
    place,
    runs: isDue ? [{ runId: 0, state: 'pending', reasonCreated: 'scheduled', scheduled: now }] : [],
  };
}

/** In the order of their groups, so that several who do so never wait in a ring. */
function insertions(all: readonly NewTask[]): readonly Execution[] {
  const records = all.map(({ record }) => record);
  const groups = records.map(({ taskGroupId, schedulerId, expires }) => ({
    task_group_id: taskGroupId,
    scheduler_id: schedulerId,
    expires,
  }));
  const definitions = all.map(({ task, record }) => ({
    task_id: record.taskId,
    task_group_id: record.taskGroupId,
    scheduler_id: record.schedulerId,
    place: record.place,
    expires: record.expires,
    definition: JSON.stringify(task),
  }));
  return [
    { statement: INSERT_GROUPS, values: [JSON.stringify(groups)] },
    { statement: INSERT_DEFINITIONS, values: [JSON.stringify(definitions)] },
    { statement: INSERT_TASKS, values: [JSON.stringify(all.map(newRow))] },
  ];
}

function newRow({ record, dependencies }: NewTask): Record<string, string | number | boolean | null> {
  const [run] = record.runs;
  return {
    task_id: record.taskId,
    place: record.place,
    task_queue_id: record.taskQueueId,
    scheduler_id: record.schedulerId,
    project_id: record.projectId,
    task_group_id: record.taskGroupId,
    retries: record.retries,
    deadline: record.deadline,
    expires: record.expires,
    waiting_for: dependencies.filter(({ satisfied }) => !satisfied).length,
    has_dependents: record.hasDependents,
    state: run?.state ?? 'unscheduled',
    priority: rankOf(record.priority),
    retries_left: record.retriesLeft,
    run_id: run?.runId ?? null,
    reason_created: run?.reasonCreated ?? null,
    scheduled: run?.scheduled ?? null,
  };
}

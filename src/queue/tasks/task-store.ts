import type { Clock, Database, Row } from '../../database/index.ts';
import { isResolved } from '../../queue-api/index.ts';
import { QueueError } from '../error.ts';
import type { TaskAndStatus, TaskChange } from '../queue.ts';
import { changingRow, definitionOf, recordOf } from '../sql/task-rows.ts';
import {
  LOAD_RECORDS,
  LOAD_TASKS,
  PENDING_DEPENDENTS,
  RELEASE_DEPENDENTS,
  SATISFY,
  SAVE,
} from '../sql/tasks.ts';
import type { Decision } from '../state/decision.ts';
import { type Moment, type Run, showStatus, stateOf, type TaskRecord } from '../state/task-record.ts';
import { gather } from './gather.ts';
import { persistently } from './persistently.ts';

// Decisions that are made again because somebody else was faster; each time that somebody got on.
const MAX_TRIES = 100;

/** Told of what happened to tasks, once it is in the database. */
export interface TaskNews {
  /** What people see of a task is another. */
  changed(change: TaskChange): void;
  pending(taskQueueId: string): void;
  /** A run ended. */
  ended(taskId: string, run: Run): void;
  /** The sweep has something to do at that moment. */
  due(moment: number): void;
}

export interface TaskStore {
  record(taskId: string): Promise<TaskRecord | undefined>;
  /** With definitions, in the order asked; those that exist. */
  tasks(taskIds: readonly string[]): Promise<readonly TaskAndStatus[]>;
  /** Decides on what the task is now, and again where it changed meanwhile. Gives it as it is then. */
  change(taskId: string, decide: (record: TaskRecord, moment: Moment) => Decision): Promise<TaskRecord>;
}

export const noSuchTask = (taskId: string): QueueError =>
  new QueueError('ResourceNotFound', `There is no task ${taskId}: it was never created, or has expired`);

export const taskAndStatus = (row: Row): TaskAndStatus => ({
  task: definitionOf(row),
  status: showStatus(recordOf(row)),
});

/** Tasks as they are in the database. */
export function createTaskStore(database: Database, clock: Clock, news: TaskNews): TaskStore {
  const record = gather<string, TaskRecord | undefined>({
    size: 100,
    parallel: 2,
    keyOf: (taskId) => taskId,
    async work(taskIds) {
      const rows = await persistently(() => database.query(LOAD_RECORDS, [JSON.stringify(taskIds)]));
      const records = new Map(rows.map((row) => [row['task_id'], recordOf(row)]));
      return taskIds.map((taskId) => records.get(taskId));
    },
  });

  const save = gather<TaskRecord, boolean>({
    size: 100,
    parallel: 2,
    keyOf: ({ taskId }) => taskId,
    async work(records) {
      const saved = new Set((await database.query(SAVE, [savedRows(records)])).map((row) => row['task_id']));
      return records.map(({ taskId }) => saved.has(taskId));
    },
  });

  /** With what waits for it: in one batch, so that no dependent is ever forgotten. */
  async function saveAndRelease(to: TaskRecord, { now, place }: Moment): Promise<boolean> {
    const done = [to.taskId, stateOf(to) === 'completed'];
    const results = await database.batch([
      { statement: SAVE, values: [savedRows([to])], rows: 1 },
      { statement: RELEASE_DEPENDENTS, values: [...done, now, place] },
      { statement: SATISFY, values: done },
    ]);
    if (results === undefined) return false;
    const released = results[1]?.filter(({ state, waiting_for }) => state === 'pending' && waiting_for === 0);
    for (const queue of new Set(released?.map((row) => String(row['task_queue_id'])))) news.pending(queue);
    for (const row of released ?? []) news.changed(releasedTask(row));
    return true;
  }

  function tell(from: TaskRecord, to: TaskRecord): void {
    for (const [i, run] of to.runs.entries()) {
      const before = from.runs[i]?.state;
      if (run.state === before) continue;
      if (isResolved(run.state)) news.ended(to.taskId, run);
      if (run.state === 'pending') news.pending(to.taskQueueId);
    }
    if (isSeen(from, to)) news.changed(changeOf(to));
    const takenUntil = to.runs.at(-1)?.takenUntil;
    if (takenUntil !== undefined) news.due(takenUntil);
  }

  /** Of those that go on, whether or not they began to just now. */
  async function tellOfDependents(taskId: string): Promise<void> {
    for (const row of await database.query(PENDING_DEPENDENTS, [taskId])) {
      news.pending(String(row['task_queue_id']));
      news.changed(releasedTask(row));
    }
  }

  async function changeOnce(
    taskId: string,
    decide: (record: TaskRecord, moment: Moment) => Decision,
    isAgain: boolean,
  ): Promise<TaskRecord | undefined> {
    const from = await record(taskId);
    if (from === undefined) throw noSuchTask(taskId);
    const moment = clock.moment();
    const decision = decide(from, moment);
    if (decision.kind === 'refuse') throw decision.error;
    if (decision.kind === 'keep') {
      // It may be so by the attempt before, whose answer was lost: then nobody has heard of it.
      if (isAgain) {
        tell({ ...from, runs: from.runs.slice(0, -changedRuns(from)) }, from);
        if (from.hasDependents) await tellOfDependents(taskId);
      }
      return from;
    }
    const { to } = decision;
    const releases = from.hasDependents && isResolved(stateOf(to));
    if (!(await (releases ? saveAndRelease(to, moment) : save(to)))) return undefined;
    tell(from, to);
    return { ...to, revision: to.revision + 1 };
  }

  return {
    record,
    async tasks(taskIds) {
      const rows = await persistently(() => database.query(LOAD_TASKS, [JSON.stringify(taskIds)]));
      const found = new Map(rows.map((row) => [row['task_id'], row]));
      return taskIds.flatMap((taskId) => {
        const row = found.get(taskId);
        return row === undefined ? [] : [taskAndStatus(row)];
      });
    },
    async change(taskId, decide) {
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        const changed = await persistently((isAgain) => changeOnce(taskId, decide, isAgain));
        if (changed !== undefined) return changed;
      }
      throw new QueueError('RequestConflict', `Task ${taskId} changes too often: try again`);
    },
  };
}

/** A claim that is renewed is no news. */
const isSeen = (from: TaskRecord, to: TaskRecord): boolean =>
  from.priority !== to.priority ||
  from.runs.length !== to.runs.length ||
  from.runs.at(-1)?.state !== to.runs.at(-1)?.state;

/** What is told of a task. */
export function changeOf(record: TaskRecord): TaskChange {
  const { taskId, taskGroupId, taskQueueId } = record;
  const runId = record.runs.at(-1)?.runId;
  return {
    taskId,
    taskGroupId,
    taskQueueId,
    ...(runId !== undefined && { runId }),
    state: stateOf(record),
  };
}

const releasedTask = (row: Row): TaskChange => ({
  taskId: String(row['task_id']),
  taskGroupId: String(row['task_group_id']),
  taskQueueId: String(row['task_queue_id']),
  runId: 0,
  state: 'pending',
});

/** How many of its last runs one change may have touched: a run that is tried again begins as the one before it ends. */
const changedRuns = ({ runs }: TaskRecord): number =>
  runs.at(-1)?.state === 'pending' && runs.at(-1)?.reasonCreated.endsWith('retry') ? 2 : 1;

const savedRows = (records: readonly TaskRecord[]): string =>
  JSON.stringify(
    records.map((record) => ({ task_id: record.taskId, revision: record.revision, ...changingRow(record) })),
  );

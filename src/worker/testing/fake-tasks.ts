import {
  newTaskId,
  type ReasonResolved,
  type TaskDefinition,
  type TaskRequest,
  type TaskRun,
  type TaskStatus,
} from '../../queue-api/index.ts';

const DAY_MS = 86_400_000;

/** A task with all defaults filled in, for the queue `test/worker`. */
export function fakeDefinition(request: Partial<TaskRequest> = {}, now = Date.now()): TaskDefinition {
  return {
    provisionerId: 'test',
    workerType: 'worker',
    taskQueueId: 'test/worker',
    schedulerId: '-',
    projectId: 'none',
    taskGroupId: newTaskId(),
    dependencies: [],
    requires: 'all-completed',
    routes: [],
    priority: 'lowest',
    retries: 5,
    created: new Date(now).toISOString(),
    deadline: new Date(now + DAY_MS).toISOString(),
    expires: new Date(now + 2 * DAY_MS).toISOString(),
    scopes: [],
    payload: {},
    metadata: { name: 'task', description: '', owner: 'nobody@example.com', source: 'http://example.com' },
    tags: {},
    extra: {},
    ...request,
  };
}

/** One task of the fake queue, and what became of it. */
export interface FakeTask {
  readonly taskId: string;
  readonly definition: TaskDefinition;
  runs: TaskRun[];
  retriesLeft: number;
}

export const currentRun = (task: FakeTask): TaskRun => {
  const run = task.runs.at(-1);
  if (run === undefined) throw new Error('a task of the fake queue has at least one run');
  return run;
};

export const fakeStatus = (task: FakeTask): TaskStatus => ({
  taskId: task.taskId,
  provisionerId: task.definition.provisionerId,
  workerType: task.definition.workerType,
  taskQueueId: task.definition.taskQueueId,
  schedulerId: task.definition.schedulerId,
  projectId: task.definition.projectId,
  taskGroupId: task.definition.taskGroupId,
  priority: task.definition.priority,
  deadline: task.definition.deadline,
  expires: task.definition.expires,
  retriesLeft: task.retriesLeft,
  state: currentRun(task).state,
  runs: [...task.runs],
});

const RETRIED: ReadonlySet<ReasonResolved> = new Set([
  'worker-shutdown',
  'claim-expired',
  'intermittent-task',
]);

/** Ends the current run, and makes the next one where the reason and what is left of retries allow it. */
export function resolveRun(task: FakeTask, reason: ReasonResolved, at: string): void {
  const state = reason === 'completed' || reason === 'failed' ? reason : 'exception';
  const run = currentRun(task);
  task.runs[run.runId] = { ...run, state, reasonResolved: reason, resolved: at };
  if (!RETRIED.has(reason) || task.retriesLeft === 0) return;
  task.retriesLeft -= 1;
  const reasonCreated = reason === 'intermittent-task' ? 'task-retry' : 'retry';
  task.runs.push({ runId: task.runs.length, state: 'pending', reasonCreated, scheduled: at });
}

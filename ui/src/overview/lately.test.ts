import { expect, it } from 'vitest';
import type { RunRecord } from '../api/runs.ts';
import type { ListedTask, TaskRun, TaskState } from '../api/tasks.ts';
import { failedLately, runningNow, workOfRun, workOfTask } from './lately.ts';

const at = (minute: number): string => new Date(minute * 60_000).toISOString();

function task(taskId: string, state: TaskState, run: Partial<TaskRun>): ListedTask {
  const listed = {
    status: { taskId, state, taskQueueId: 'a/b', runs: [{ runId: 0, state, scheduled: at(0), ...run }] },
    task: { metadata: { name: `the task ${taskId}` } },
  };
  return listed as unknown as ListedTask; // of the rest nothing is shown
}

const run = (fields: Partial<RunRecord> & { runId: string }): RunRecord => ({
  application: { id: 'app', name: 'app' },
  kind: 'build',
  pipeline: 'build',
  startedAt: 0,
  result: 'passed',
  steps: [],
  artifacts: [],
  ...fields,
});

const WORK = [
  workOfTask(task('t1', 'running', { started: at(1) })),
  workOfTask(task('t2', 'failed', { started: at(1), resolved: at(5), reasonResolved: 'failed' })),
  workOfTask(task('t3', 'exception', { resolved: at(9), reasonResolved: 'deadline-exceeded' })),
  workOfTask(task('t4', 'completed', { started: at(1), resolved: at(7) })),
  workOfRun(run({ runId: 'r1', result: 'running', startedAt: 120_000 })),
  workOfRun(run({ runId: 'r2', result: 'failed', finishedAt: 360_000, message: 'the step failed' })),
  workOfRun(run({ runId: 'r3', result: 'lost', startedAt: 60_000 })),
];

it('what runs is there with what began last first, tasks and runs in one', () => {
  expect(runningNow(WORK).map(({ id, address }) => [id, address])).toEqual([
    ['r1', '/runs/r1'],
    ['t1', '/tasks/t1'],
  ]);
});

it('what failed is there with what ended last first, and why, where that says more than the state', () => {
  expect(failedLately(WORK, 3).map(({ id, why }) => [id, why])).toEqual([
    ['t3', 'deadline-exceeded'],
    ['r2', 'the step failed'],
    ['t2', undefined],
  ]);
  expect(failedLately(WORK, 9).at(-1)?.id).toBe('r3');
});

import type { RunRecord } from '../api/runs.ts';
import { type ListedTask, lastRunOf } from '../api/tasks.ts';
import { runAddress, taskAddress } from '../router/addresses.ts';

/** A task or a run, as the overview shows both. Moments are milliseconds since the epoch. */
export interface Work {
  readonly id: string;
  readonly address: string;
  readonly name: string;
  /** Where, or of what: the queue of a task, the branch of a run. */
  readonly about: string | undefined;
  /** Why it ended so. */
  readonly why: string | undefined;
  readonly state: string;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
}

const ms = (moment: string | undefined): number | undefined =>
  moment === undefined ? undefined : Date.parse(moment);

export function workOfTask({ status, task }: ListedTask): Work {
  const last = lastRunOf(status);
  const reason = last?.reasonResolved;
  return {
    id: status.taskId,
    address: taskAddress(status.taskId),
    name: task.metadata.name || status.taskId,
    about: status.taskQueueId,
    why: reason === 'failed' || reason === 'completed' ? undefined : reason,
    state: status.state,
    startedAt: ms(last?.started),
    endedAt: ms(last?.resolved),
  };
}

export const workOfRun = (run: RunRecord): Work => ({
  id: run.runId,
  address: runAddress(run.runId),
  name: `${run.application.name}: ${run.pipeline}`,
  about: run.git?.branch,
  why: run.message,
  state: run.result,
  startedAt: run.startedAt,
  endedAt: run.finishedAt,
});

/** What runs, the newest first. */
export const runningNow = (work: readonly Work[]): readonly Work[] =>
  work.filter(({ state }) => state === 'running').toSorted((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0));

const FAILED = new Set(['failed', 'exception', 'lost']);

/** What went wrong, the last first, and no more than `most`. */
export const failedLately = (work: readonly Work[], most: number): readonly Work[] =>
  work
    .filter(({ state }) => FAILED.has(state))
    .toSorted((a, b) => (b.endedAt ?? b.startedAt ?? 0) - (a.endedAt ?? a.startedAt ?? 0))
    .slice(0, most);

import type { Clock } from '../../database/index.ts';
import type { ClaimedRun, Queue, WorkerName } from '../queue.ts';
import { showStatus, type TaskRecord } from '../state/task-record.ts';
import * as transitions from '../state/transitions.ts';
import { noSuchTask, type TaskStore } from '../tasks/task-store.ts';
import type { WorkerBook } from '../workers/worker-book.ts';
import type { ClaimDesk } from './claim-work.ts';

type ClaimCalls = Pick<
  Queue,
  | 'claimWork'
  | 'claimAgain'
  | 'claimTask'
  | 'reclaimTask'
  | 'reportCompleted'
  | 'reportFailed'
  | 'reportException'
>;

interface ClaimParts {
  readonly clock: Clock;
  readonly store: TaskStore;
  readonly desk: ClaimDesk;
  readonly workers: WorkerBook;
  readonly claimTimeoutMs: number;
}

/** What workers ask and say. */
export function createClaimCalls(parts: ClaimParts): ClaimCalls {
  const { clock, store, desk, workers, claimTimeoutMs } = parts;

  async function withTask(record: TaskRecord, runId: number): Promise<ClaimedRun> {
    const { taskId } = record;
    const [found] = await store.tasks([taskId]);
    if (found === undefined) throw noSuchTask(taskId);
    const takenUntil = record.runs[runId]?.takenUntil ?? clock.now();
    return { taskId, runId, task: found.task, status: showStatus(record), takenUntil };
  }

  async function giveBack(runs: readonly ClaimedRun[], worker: WorkerName): Promise<void> {
    await Promise.all(
      runs.map((run) => store.change(run.taskId, (record) => transitions.giveBack(record, run, worker))),
    );
  }

  const report = async (taskId: string, runId: number, said: transitions.Report) =>
    showStatus(
      await store.change(taskId, (record, moment) => transitions.report(record, runId, said, moment)),
    );

  return {
    claimAgain: (taskQueueId, worker, claimId) => desk.again(taskQueueId, worker, claimId),
    async claimWork(taskQueueId, worker, { tasks, signal, claimId, isWanted = () => true }) {
      for (;;) {
        using admission = await workers.admit(taskQueueId, worker);
        const either = AbortSignal.any([signal, admission.changed]);
        const runs = admission.isQuarantined
          ? await aborted(either)
          : await desk.claim(taskQueueId, worker, { tasks, signal: either, claimId });
        if (runs.length > 0 && !(await isWanted())) {
          await giveBack(runs, worker);
          return [];
        }
        if (runs.length > 0) workers.took(taskQueueId, worker, runs);
        if (runs.length > 0 || signal.aborted) return runs;
      }
    },
    async claimTask(taskId, runId, worker) {
      const before = await store.record(taskId);
      if (before === undefined) throw noSuchTask(taskId);
      using admission = await workers.admit(before.taskQueueId, worker);
      void admission;
      const record = await store.change(taskId, (now, moment) =>
        transitions.claim(now, { runId, worker, takenUntil: moment.now + claimTimeoutMs }, moment),
      );
      const claimed = await withTask(record, runId);
      workers.took(record.taskQueueId, worker, [claimed]);
      return claimed;
    },
    async reclaimTask(taskId, runId) {
      const record = await store.change(taskId, (now, moment) =>
        transitions.reclaim(now, { runId, takenUntil: moment.now + claimTimeoutMs }, moment),
      );
      return await withTask(record, runId);
    },
    reportCompleted: (taskId, runId) => report(taskId, runId, { state: 'completed' }),
    reportFailed: (taskId, runId) => report(taskId, runId, { state: 'failed' }),
    reportException: (taskId, runId, reason) => report(taskId, runId, { state: 'exception', reason }),
  };
}

async function aborted(signal: AbortSignal): Promise<readonly ClaimedRun[]> {
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
  return [];
}

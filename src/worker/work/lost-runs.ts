import type { LeftRun } from '../garbage/leftovers.ts';
import { errorFacts, isRefusal } from './error-facts.ts';
import { createBackoff, pause } from './pause.ts';
import { markRuns, unmarkRun } from './run-marks.ts';
import type { WorkerScope } from './worker-scope.ts';

/**
 * Gives back what a process of the same worker had that is gone: nobody waits until its claims lapse. A server that is away, as one on
 * the same machine is that is started after the worker, is told when it is there, by the next process at the latest. Does not reject.
 */
export async function giveBackLostRuns(
  runs: readonly LeftRun[],
  {
    queue,
    identity,
    record,
    stop,
    folder,
  }: Pick<WorkerScope, 'queue' | 'identity' | 'record' | 'stop' | 'folder'>,
): Promise<void> {
  if (runs.length === 0) return;
  const { taskQueueId, workerGroup, workerId } = identity;
  const { claiming: signal } = stop;
  const backoff = createBackoff();

  async function tell(): Promise<'done' | 'refused' | 'away'> {
    try {
      // Another server finds out when the claims lapse.
      if (!(await queue.isSlipway({ signal }))) return 'refused';
      await queue.loseRuns({ taskQueueId, workerGroup, workerId }, runs, { signal });
      record('lost runs given back', { runs });
      return 'done';
    } catch (error) {
      if (!signal.aborted) record('lost runs error', { runs, ...errorFacts(error) });
      return isRefusal(error) ? 'refused' : 'away';
    }
  }

  await markRuns(folder, runs).catch(() => undefined);
  while ((await tell()) === 'away') {
    if (signal.aborted) return;
    await pause(backoff.next(), signal);
  }
  await Promise.all(runs.map((run) => unmarkRun(folder, run).catch(() => undefined)));
}

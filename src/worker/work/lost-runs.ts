import type { LeftRun } from '../garbage/leftovers.ts';
import { errorFacts } from './error-facts.ts';
import type { WorkerScope } from './worker-scope.ts';

/**
 * Gives back what a process of the same worker had that is gone: nobody waits until its claims lapse. Does not reject; what
 * the server is not told, it finds out by that.
 */
export async function giveBackLostRuns(
  runs: readonly LeftRun[],
  { queue, identity, record, stop }: Pick<WorkerScope, 'queue' | 'identity' | 'record' | 'stop'>,
): Promise<void> {
  if (runs.length === 0) return;
  const { taskQueueId, workerGroup, workerId } = identity;
  const { claiming: signal } = stop;
  try {
    if (!(await queue.isSlipway({ signal }))) return;
    await queue.loseRuns({ taskQueueId, workerGroup, workerId }, runs, { signal });
    record('lost runs given back', { runs });
  } catch (error) {
    record('lost runs error', { runs, ...errorFacts(error) });
  }
}

import { EngineError } from '../../engine/index.ts';
import { errorCode } from '../../kernel/index.ts';
import type { ReportedReason } from '../../queue-api/index.ts';
import { QueueClientError } from '../../queue-client/index.ts';
import { isOver, isRefusal } from '../work/error-facts.ts';

/** Causes of causes that are looked at. */
const DEPTH = 10;

function* causesOf(error: unknown): Generator<unknown> {
  let cause = error;
  for (let depth = 0; depth < DEPTH && cause !== undefined; depth += 1) {
    yield cause;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
}

const isEngineError = (error: unknown, code: EngineError['code']): boolean =>
  error instanceof EngineError && error.code === code;

const isFull = (error: unknown): boolean =>
  isEngineError(error, 'NO_SPACE') || ['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '');

/**
 * How a run is reported that the machine ended, and not its task; `undefined`: nothing says so. Without its engine a worker
 * is as good as gone: the run begins anew, where there is one.
 */
export function machineTrouble(error: unknown): ReportedReason | undefined {
  const causes = [...causesOf(error)];
  if (causes.some((cause) => isEngineError(cause, 'UNREACHABLE'))) return 'worker-shutdown';
  return causes.some(isFull) ? 'resource-unavailable' : undefined;
}

/** How a run is reported that the worker could not go on with: a queue that is away for a while ends no task for good. */
export function workerTrouble(error: unknown): ReportedReason {
  const isAway = (cause: unknown): boolean =>
    cause instanceof QueueClientError && !isOver(cause) && !isRefusal(cause);
  return machineTrouble(error) ?? ([...causesOf(error)].some(isAway) ? 'worker-shutdown' : 'internal-error');
}

import { UploadError } from '../artifacts/index.ts';
import type { TaskPayload } from '../payload/index.ts';
import { TaskFailure, type TaskOutcome } from './feature.ts';
import type { Trouble } from './features-at-work.ts';
import { type Resolution, RunAbort } from './resolution.ts';
import { LimitError } from './within.ts';
import { machineTrouble, workerTrouble } from './worker-trouble.ts';

/** Everything that a report depends on. */
export interface RunEnd {
  readonly outcome: TaskOutcome;
  /** Absent: the payload was not sound. */
  readonly payload: TaskPayload | undefined;
  /** What ended it before its container ran, or was trouble of the worker while it did. */
  readonly failure?: unknown;
  /** After the container had ended. */
  readonly troubles: readonly Trouble[];
  readonly signal: AbortSignal;
}

/** What is reported of a run. */
export function resolveRun({ outcome, payload, failure, troubles, signal }: RunEnd): Resolution {
  if (signal.aborted) return abortResolution(signal.reason);
  if (failure !== undefined) return failureResolution(failure);
  const { exitCode, success, endedEarly } = outcome;
  if (endedEarly === 'timeout') return { type: 'failed' };
  if (success)
    return troubles[0] === undefined ? { type: 'completed' } : troubleResolution(troubles[0].error);
  const isRetried = payload?.onExitStatus.retry.includes(exitCode) ?? false;
  return isRetried ? { type: 'exception', reason: 'intermittent-task' } : { type: 'failed' };
}

function abortResolution(reason: unknown): Resolution {
  if (!(reason instanceof RunAbort)) return { type: 'exception', reason: 'internal-error' };
  return reason.reason === 'canceled' ? { type: 'none' } : { type: 'exception', reason: reason.reason };
}

/** A sentence for the task's owner is the task's failure, unless it says otherwise or the machine is the cause; all else is the worker's. */
function failureResolution(failure: unknown): Resolution {
  if (failure instanceof LimitError) return { type: 'failed' };
  const trouble = machineTrouble(failure);
  if (trouble !== undefined) return { type: 'exception', reason: trouble };
  const exception = failure instanceof TaskFailure ? failure.exception : 'internal-error';
  if (exception === undefined) return { type: 'failed' };
  return { type: 'exception', reason: exception === 'internal-error' ? workerTrouble(failure) : exception };
}

/** What a task made and could not be stored is worth another run. */
function troubleResolution(error: unknown): Resolution {
  if (error instanceof UploadError || error instanceof LimitError) {
    return { type: 'exception', reason: 'intermittent-task' };
  }
  return failureResolution(error);
}

import { RunAbort } from '../task/resolution.ts';
import type { TaskContext } from '../task/task-context.ts';

/** Whether somebody else has resolved the run: the queue takes nothing for it any more. */
export const isCanceled = ({ signal }: TaskContext): boolean =>
  signal.aborted && signal.reason instanceof RunAbort && signal.reason.reason === 'canceled';

/** Whether the worker ended the run before its time, whatever the reason. */
export const wasAborted = ({ signal }: TaskContext): boolean => signal.aborted;

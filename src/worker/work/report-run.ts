import type { QueueClient } from '../../queue-client/index.ts';
import type { Resolution } from '../task/resolution.ts';
import type { WorkerRecordWriter } from '../task/task-context.ts';
import { errorFacts, isOver, isRefusal } from './error-facts.ts';
import { createBackoff, pause } from './pause.ts';
import { someTimeAfter } from './some-time-after.ts';

export interface ReportOptions {
  readonly queue: QueueClient;
  readonly taskId: string;
  readonly runId: number;
  /** Whether the claim still holds: after it nobody listens. */
  readonly holds: () => boolean;
  readonly record: WorkerRecordWriter;
  /** Aborts: no more tries, and the one that goes on may not take long. */
  readonly signal: AbortSignal;
}

/** How long a worker that stops waits for the answer to a report. */
const LAST_MS = 20_000;

const send = (
  resolution: Resolution,
  { queue, taskId, runId }: ReportOptions,
  signal: AbortSignal,
): Promise<unknown> => {
  if (resolution.type === 'completed') return queue.reportCompleted(taskId, runId, { signal });
  if (resolution.type === 'failed') return queue.reportFailed(taskId, runId, { signal });
  if (resolution.type === 'exception')
    return queue.reportException(taskId, runId, resolution.reason, { signal });
  return Promise.resolve();
};

/**
 * Says how a run ended, again and again while the claim holds. Does not reject: a run that could not be reported is tried again by the
 * queue. False: the queue may still take it for one that runs.
 */
export async function reportRun(resolution: Resolution, options: ReportOptions): Promise<boolean> {
  const { taskId, runId, holds, record, signal } = options;
  using limit = someTimeAfter(signal, LAST_MS);
  const facts = { taskId, runId };
  const taskState = resolution.type === 'exception' ? resolution.reason : resolution.type;
  const backoff = createBackoff();
  while (resolution.type !== 'none' && holds()) {
    try {
      await send(resolution, options, limit.signal);
      record('task resolved', { ...facts, taskState });
      return true;
    } catch (error) {
      record('task error', { ...facts, ...errorFacts(error), taskState });
      if (isOver(error) || isRefusal(error)) return true;
      if (signal.aborted) return false;
    }
    await pause(backoff.next(), signal);
  }
  record('task not reported', { ...facts, taskState });
  return true;
}

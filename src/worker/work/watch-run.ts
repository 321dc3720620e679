import { isResolved } from '../../queue-api/index.ts';
import type { QueueClient } from '../../queue-client/index.ts';
import { isOver } from './error-facts.ts';
import { createBackoff, pause } from './pause.ts';

/** Runs that are short are over before this: no question is asked about them. */
const FIRST_MS = 250;
/** Another server than Slipway cannot be waited at. */
const FOREIGN_MS = 10_000;

/**
 * Resolves with true as soon as somebody else has resolved the run; with false when the signal aborts. Trouble is tried
 * again: the claim's renewal tells in any case.
 */
export async function watchRun(
  queue: QueueClient,
  { taskId, runId }: { readonly taskId: string; readonly runId: number },
  signal: AbortSignal,
  { firstMs = FIRST_MS, foreignMs = FOREIGN_MS }: { firstMs?: number; foreignMs?: number } = {},
): Promise<boolean> {
  const backoff = createBackoff();
  await pause(firstMs, signal);
  while (!signal.aborted) {
    try {
      const isSlipway = await queue.isSlipway({ signal });
      const status = isSlipway
        ? await queue.waitResolved(taskId, runId, { signal })
        : await queue.status(taskId, { signal });
      const run = status.runs[runId];
      if (run !== undefined && isResolved(run.state)) return !signal.aborted;
      backoff.reset();
      if (!isSlipway) await pause(foreignMs, signal);
    } catch (error) {
      if (signal.aborted) return false;
      if (isOver(error)) return true;
      await pause(backoff.next(), signal);
    }
  }
  return false;
}

import { setTimeout as wait } from 'node:timers/promises';
import { PassingError } from './passing-error.ts';

/** How often what may pass is tried again. */
export interface RetryOptions {
  /** Pauses before further tries, in milliseconds; as many tries in a row without any progress are the last. */
  readonly retryPausesMs: readonly number[];
  readonly onNotice: (text: string) => void;
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8000;

/** So many pauses, each twice as long as the one before. */
export const retryPauses = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => Math.min(FIRST_PAUSE_MS * 2 ** i, LONGEST_PAUSE_MS));

/**
 * Runs `attempt` again, after a pause, as long as it throws `PassingError`. Each progress that it tells begins the counting
 * anew. Throws what the last try threw.
 */
export async function withRetries<T>(
  { retryPausesMs, onNotice, signal }: RetryOptions,
  attempt: (progress: () => void) => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt(() => {
        failures = 0;
      });
    } catch (error) {
      signal.throwIfAborted();
      const pauseMs = retryPausesMs[failures];
      if (!(error instanceof PassingError) || pauseMs === undefined) throw error;
      onNotice(`${error.message}: trying again in ${pauseMs / 1000} s`);
      // Somewhat more or less, so that connections that broke together do not come back together.
      await wait(pauseMs * (0.75 + Math.random() / 2), undefined, { signal }).catch(() =>
        signal.throwIfAborted(),
      );
    }
  }
}

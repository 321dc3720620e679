import { setTimeout as wait } from 'node:timers/promises';
import { DownloadError } from './error.ts';

/** How often what may pass is tried again. */
export interface RetryOptions {
  /** Pauses before further tries, in milliseconds; as many tries in a row without any progress are the last. */
  readonly retryPausesMs: readonly number[];
  /** Told of each pause. */
  readonly onNotice: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Half a minute in all: a server that is started again is back by then. */
export const RETRY_PAUSES_MS: readonly number[] = [500, 1000, 2000, 4000, 8000, 16_000];

/** What a try of a longer work says of itself. */
export type Progress = () => void;

/**
 * Runs `attempt` again, after a pause, as long as what it throws may pass. Each progress begins the counting anew. Throws
 * what the last try threw.
 */
export async function withRetries<T>(
  { retryPausesMs, onNotice, signal }: RetryOptions,
  attempt: (progress: Progress) => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt(() => {
        failures = 0;
      });
    } catch (error) {
      signal.throwIfAborted();
      const pauseMs = retryPausesMs[failures];
      if (!(error instanceof DownloadError) || !error.isTransient || pauseMs === undefined) throw error;
      const longMs = Math.max(pauseMs, error.retryAfterMs);
      onNotice(`${error.message}: trying again in ${longMs / 1000} s`);
      // Somewhat more or less, so that connections that broke together do not come back together.
      await wait(longMs * (0.75 + Math.random() / 2), undefined, { signal }).catch(() =>
        signal.throwIfAborted(),
      );
    }
  }
}

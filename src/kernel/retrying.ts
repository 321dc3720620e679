import { setTimeout as wait } from 'node:timers/promises';

/** How often what may pass is tried again. */
export interface RetryOptions {
  /** Pauses before further tries, in milliseconds; as many tries in a row without any progress are the last. */
  readonly retryPausesMs: readonly number[];
  /** Told of each pause. */
  readonly onNotice: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Trouble that may pass, and how long it asks to be left alone, in milliseconds; `undefined` for trouble that stays. */
export type MayPass = (error: unknown) => { readonly message: string; readonly pauseMs: number } | undefined;

/**
 * Runs `attempt` again, after a pause, as long as what it throws may pass. Each progress that it tells begins the counting
 * anew. Throws what the last try threw.
 */
export async function withRetries<T>(
  { retryPausesMs, onNotice, signal }: RetryOptions,
  mayPass: MayPass,
  attempt: (progress: () => void) => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt(() => {
        failures = 0;
      });
    } catch (error) {
      signal.throwIfAborted();
      const passing = mayPass(error);
      const pauseMs = retryPausesMs[failures];
      if (passing === undefined || pauseMs === undefined) throw error;
      const longMs = Math.max(pauseMs, passing.pauseMs);
      onNotice(`${passing.message}: trying again in ${longMs / 1000} s`);
      // Somewhat more or less, so that connections that broke together do not come back together.
      await wait(longMs * (0.75 + Math.random() / 2), undefined, { signal }).catch(() =>
        signal.throwIfAborted(),
      );
    }
  }
}

import { setTimeout as wait } from 'node:timers/promises';

/** Waits; ends early, without an error, when the signal aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await wait(milliseconds, undefined, { signal }).catch(() => undefined);
}

const FIRST_MS = 500;
/** Who was away for minutes finds its workers at once when it is back; a thousand that ask so often are nothing to it. */
const LONGEST_MS = 15_000;

/** Pauses that grow with each failure in a row, scattered so that workers that failed together do not come back together. */
export interface Backoff {
  /** How long to wait after one more failure. */
  next(): number;
  /** It worked. */
  reset(): void;
}

export function createBackoff(
  firstMs: number = FIRST_MS,
  longestMs: number = LONGEST_MS,
  random: () => number = Math.random,
): Backoff {
  let failures = 0;
  return {
    next() {
      const full = Math.min(firstMs * 2 ** failures, longestMs);
      failures = Math.min(failures + 1, 30);
      return full * (0.5 + random() / 2);
    },
    reset() {
      failures = 0;
    },
  };
}

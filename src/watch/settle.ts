import type { Clock } from './clock.ts';

/** Changes that came to rest, or were waited for long enough. */
export interface Changes {
  /** Each once, in the order in which they changed first. */
  readonly paths: readonly string[];
  /** They have come without a rest for so long that they are handed out at the slowest pace. */
  readonly restless: boolean;
}

/** When a batch of changes is handed out. */
export interface Pace {
  /** A batch is over when nothing has changed for this long. */
  readonly quietMs: number;
  /** A batch that finds no rest is handed out after this long. */
  readonly longestWaitMs: number;
  /** Between two batches at least; doubles with every batch that follows the one before without `restMs` between. */
  readonly shortestGapMs: number;
  readonly longestGapMs: number;
  readonly restMs: number;
}

export const PACE: Pace = {
  quietMs: 30, // an editor's writes of one save are within 5 ms of each other; a checkout's within 20
  longestWaitMs: 500,
  shortestGapMs: 250,
  longestGapMs: 5000, // code that writes into its own source restarts itself this often
  restMs: 2000,
};

/**
 * Gathers changes into batches. What is added after a batch was handed out is in a later one: no change is ever lost,
 * however long the taker is away.
 */
export interface Settler {
  add(path: string): void;
  /** The next batch, at once where one is due. One call at a time; rejects with the signal's reason when that aborts. */
  take(signal: AbortSignal): Promise<Changes>;
  /** From now on every `take` rejects with this. */
  fail(error: Error): void;
}

export function createSettler(pace: Pace, clock: Clock): Settler {
  const paths = new Set<string>();
  const batch = { firstAt: 0, lastAt: 0 };
  const gap = { takenAt: Number.NEGATIVE_INFINITY, ms: pace.shortestGapMs };
  let failure: Error | undefined;
  let look: (() => void) | undefined;

  function dueAt(): number {
    const settled = Math.min(batch.lastAt + pace.quietMs, batch.firstAt + pace.longestWaitMs);
    return Math.max(settled, gap.takenAt + gap.ms);
  }

  function handOut(): Changes {
    const now = clock.now();
    const isFollowing = now - gap.takenAt < gap.ms + pace.restMs;
    gap.ms = isFollowing ? Math.min(gap.ms * 2, pace.longestGapMs) : pace.shortestGapMs;
    gap.takenAt = now;
    const changes = { paths: [...paths], restless: gap.ms === pace.longestGapMs };
    paths.clear();
    return changes;
  }

  return {
    add(path) {
      batch.lastAt = clock.now();
      if (paths.size === 0) batch.firstAt = batch.lastAt;
      paths.add(path);
      look?.();
    },
    take: async (signal) => {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<Changes>();
      let callOff = (): void => undefined;
      look = () => {
        callOff();
        if (failure !== undefined) return reject(failure);
        if (paths.size === 0) return undefined;
        const leftMs = dueAt() - clock.now();
        if (leftMs <= 0) return resolve(handOut());
        callOff = clock.after(leftMs, () => look?.());
        return undefined;
      };
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      look();
      try {
        return await promise;
      } finally {
        callOff();
        look = undefined;
        signal.removeEventListener('abort', onAbort);
      }
    },
    fail(error) {
      failure ??= error;
      look?.();
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../../database/index.ts';

// No try begins after that. The database itself waits for 15 s until it is there again: what failed after such a wait is not
// begun anew, so that a request is held for 15 s where it is away all the time, and for 25 s at most. Then its client is told.
const PATIENCE_MS = 10_000;

/** Of the machine; tests have their own. */
interface Time {
  /** In milliseconds, from anywhere. */
  now(): number;
  sleep(ms: number): Promise<unknown>;
}

const MACHINE: Time = { now: () => performance.now(), sleep };

/**
 * Does again what may have happened or not, while the database is away: for what has the same effect when it happens
 * twice.
 */
export async function persistently<T>(
  work: (isAgain: boolean) => Promise<T>,
  time: Time = MACHINE,
): Promise<T> {
  const endsAt = time.now() + PATIENCE_MS;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    try {
      return await work(pauseMs > 20);
    } catch (error) {
      const isAway = error instanceof DatabaseError && error.code === 'UNAVAILABLE';
      if (!isAway || time.now() + pauseMs > endsAt) throw error;
      await time.sleep(pauseMs);
    }
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../../database/index.ts';

// A request is held that long at most while the database is away; then its client is told, and tries again itself.
const PATIENCE_MS = 15_000;

/**
 * Does again what may have happened or not, while the database is away: for what has the same effect when it happens
 * twice.
 */
export async function persistently<T>(work: (isAgain: boolean) => Promise<T>): Promise<T> {
  const endsAt = performance.now() + PATIENCE_MS;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    try {
      return await work(pauseMs > 20);
    } catch (error) {
      const isAway = error instanceof DatabaseError && error.code === 'UNAVAILABLE';
      if (!isAway || performance.now() + pauseMs > endsAt) throw error;
      await sleep(pauseMs);
    }
  }
}

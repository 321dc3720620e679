import { setTimeout as wait } from 'node:timers/promises';
import { EngineError } from '../../engine/index.ts';
import type { WorkerSettings } from '../settings.ts';
import { ImageError } from './image-error.ts';

interface Retries {
  readonly settings: WorkerSettings['image'];
  readonly signal: AbortSignal;
  readonly onRetry: (error: unknown, pauseMs: number) => void;
}

/** Answers that the next attempt would get too. */
const FINAL: ReadonlySet<string> = new Set([
  'IMAGE_NOT_FOUND',
  'UNAUTHORIZED',
  'INVALID',
  'NO_SPACE',
  'CLOSED',
]);

const isFinal = (error: unknown): boolean =>
  (error instanceof ImageError && error.isFinal) || (error instanceof EngineError && FINAL.has(error.code));

/** Tries what may fail for a while, after pauses that grow. Throws what the last attempt threw, or `signal.reason`. */
export async function withImageRetries<T>(
  { settings, signal, onRetry }: Retries,
  attempt: () => Promise<T>,
): Promise<T> {
  const { maxAttempts, delayFactorMs, randomizationFactor } = settings;
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (isFinal(error) || attempts >= maxAttempts) throw error;
      const spread = 1 + randomizationFactor * (2 * Math.random() - 1);
      const pauseMs = 2 ** (attempts - 1) * delayFactorMs * spread;
      onRetry(error, pauseMs);
      await wait(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

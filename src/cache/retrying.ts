import { type RetryOptions, withRetries as retry } from '../kernel/index.ts';
import { PassingError } from './passing-error.ts';

export type { RetryOptions } from '../kernel/index.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8000;

/** So many pauses, each twice as long as the one before. */
export const retryPauses = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => Math.min(FIRST_PAUSE_MS * 2 ** i, LONGEST_PAUSE_MS));

/** As `withRetries` of the kernel, for trouble of pulls and pushes that may pass: `PassingError`. */
export const withRetries = <T>(
  options: RetryOptions,
  attempt: (progress: () => void) => Promise<T>,
): Promise<T> => retry(options, passing, attempt);

const passing = (error: unknown): { readonly message: string; readonly pauseMs: number } | undefined =>
  error instanceof PassingError ? { message: error.message, pauseMs: 0 } : undefined;

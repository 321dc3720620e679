import { type RetryOptions, withRetries as retry } from '../kernel/index.ts';
import { DownloadError } from './error.ts';

export type { RetryOptions } from '../kernel/index.ts';

/** Half a minute in all: a server that is started again is back by then. */
export const RETRY_PAUSES_MS: readonly number[] = [500, 1000, 2000, 4000, 8000, 16_000];

/** What a try of a longer work says of itself. */
export type Progress = () => void;

/** As `withRetries` of the kernel, for trouble of a download that may pass. */
export const withRetries = <T>(
  options: RetryOptions,
  attempt: (progress: Progress) => Promise<T>,
): Promise<T> => retry(options, passing, attempt);

const passing = (error: unknown): { readonly message: string; readonly pauseMs: number } | undefined =>
  error instanceof DownloadError && error.isTransient
    ? { message: error.message, pauseMs: error.retryAfterMs }
    : undefined;

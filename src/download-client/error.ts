import { errorCode, systemWords } from '../kernel/index.ts';

export { errorCode };

/**
 * - `REFUSED`: the server said that it will not; the message has its sentence.
 * - `UNREACHABLE`: nobody answered, or the answer broke off, as often as was tried.
 * - `INVALID`: an answer that cannot be what was asked for, or a redirect that is not followed.
 * - `CHANGED`: it is another content by now.
 * - `DIGEST_MISMATCH`: what came is not what was promised; it was removed.
 * - `FILE_EXISTS`: a file of that name is there already.
 * - `BUSY`: another process is fetching to the same file.
 * - `DISK`, `NO_SPACE`: the file cannot be written.
 */
export type DownloadErrorCode =
  | 'REFUSED'
  | 'UNREACHABLE'
  | 'INVALID'
  | 'CHANGED'
  | 'DIGEST_MISMATCH'
  | 'FILE_EXISTS'
  | 'BUSY'
  | 'DISK'
  | 'NO_SPACE';

interface DownloadErrorOptions extends ErrorOptions {
  readonly isTransient?: boolean;
  readonly retryAfterMs?: number;
}

/** Why a download came to nothing. Callers branch on `code`, never on the message, which names no query. */
export class DownloadError extends Error {
  readonly code: DownloadErrorCode;
  /** Whether another try may succeed. */
  readonly isTransient: boolean;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs: number;

  constructor(code: DownloadErrorCode, message: string, options: DownloadErrorOptions = {}) {
    super(message, options);
    this.name = 'DownloadError';
    this.code = code;
    this.isTransient = options.isTransient ?? false;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/** Says of a file system's error what was attempted, on what, and why it failed. */
export function diskError(attempt: string, path: string, cause: unknown): unknown {
  const reason = errorCode(cause);
  if (cause instanceof DownloadError || reason === undefined) return cause;
  const isFull = reason === 'ENOSPC' || reason === 'EDQUOT';
  const why = isFull ? 'the disk is full, or a quota is used up' : (systemWords(cause) ?? reason);
  return new DownloadError(isFull ? 'NO_SPACE' : 'DISK', `cannot ${attempt} ${path}: ${why}`, { cause });
}

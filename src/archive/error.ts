import { errorCode } from '../kernel/index.ts';

export { errorCode };

/**
 * - `ABORTED`: the signal said so.
 * - `CHANGED`: a file became shorter while it was read.
 * - `CORRUPT`: not a whole archive: cut off, a wrong checksum, a header that makes no sense.
 * - `IO`: the file system refused something else; the cause says what.
 * - `LIMIT`: more bytes or entries than allowed.
 * - `NO_SPACE`: the disk is full.
 * - `NOT_FOUND`: the folder to read is not there, or is no folder.
 * - `UNSAFE_ENTRY`: an entry that would write, or lead, outside of the folder, or that is no file, folder or link.
 * - `UNSUPPORTED_FILE`: a pipe or device where files are read.
 */
export type ArchiveErrorCode =
  | 'ABORTED'
  | 'CHANGED'
  | 'CORRUPT'
  | 'IO'
  | 'LIMIT'
  | 'NO_SPACE'
  | 'NOT_FOUND'
  | 'UNSAFE_ENTRY'
  | 'UNSUPPORTED_FILE';

interface ArchiveErrorOptions extends ErrorOptions {
  readonly path?: string;
}

/** Trouble with an archive or with the files that go in or come out. Callers branch on `code`, never on the message. */
export class ArchiveError extends Error {
  readonly code: ArchiveErrorCode;
  /** The entry or file it is about, as text; absent: the archive as a whole. */
  readonly path?: string;

  constructor(code: ArchiveErrorCode, message: string, options: ArchiveErrorOptions = {}) {
    super(message, options);
    this.name = 'ArchiveError';
    this.code = code;
    if (options.path !== undefined) this.path = options.path;
  }
}

/** Says of a file system's error what was attempted, on what, and why it failed. */
export function fileError(attempt: string, path: string, cause: unknown): ArchiveError {
  if (cause instanceof ArchiveError) return cause;
  const reason = errorCode(cause);
  const message = `Could not ${attempt} ${path}: ${reason ?? String(cause)}`;
  const full = reason === 'ENOSPC' || reason === 'EDQUOT';
  return new ArchiveError(full ? 'NO_SPACE' : 'IO', message, { cause, path });
}

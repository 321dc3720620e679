export type DatabaseErrorCode =
  /** It cannot be reached, or went away meanwhile. */
  | 'UNAVAILABLE'
  /** Another process has the file open for itself. */
  | 'LOCKED'
  | 'NO_SPACE'
  /** Its tables are newer than this program, or not ours. */
  | 'SCHEMA'
  /** The file is damaged or no database. */
  | 'DAMAGED'
  /** The address, the user or the password are wrong. */
  | 'REFUSED'
  | 'CLOSED'
  /** A statement that is wrong: a defect of ours. */
  | 'STATEMENT';

/** Why a database could not do what it was asked to; the message names no password. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: DatabaseErrorCode;
  /** What to do. */
  readonly hint: string | undefined;

  constructor(code: DatabaseErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

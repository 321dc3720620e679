export type BackupErrorCode =
  /** It is none, or not one that this program reads. */
  | 'NO_BACKUP'
  /** It ends before its end. */
  | 'INCOMPLETE'
  /** Something in it is not what it was. */
  | 'DAMAGED'
  /** A newer program made it. */
  | 'NEWER'
  /** There is something already where it would go. */
  | 'NOT_EMPTY'
  /** Another backup is being taken. */
  | 'BUSY';

/** Why a backup could not be taken or put back. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: BackupErrorCode;
  /** What to do. */
  readonly hint: string | undefined;

  constructor(code: BackupErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/**
 * Logs that grow while others read them. One writer each; followers get all from where they begin, and then what comes,
 * until the log is ended. Two implementations pass `contract.ts`: files in a folder, for one server, and a database, where
 * several servers share one. Names are those of object keys.
 */
export interface LogStore extends AsyncDisposable {
  /**
   * Appends at `offset`: bytes that are there already are skipped, so that a writer who lost the connection sends again
   * from where it knows; a gap throws `GAP`. Resolves when the bytes survive the end of this process and followers were told.
   * Throws `ENDED` after `end`, `TOO_LARGE` beyond the limit.
   */
  append(name: string, offset: number, bytes: Uint8Array): Promise<{ readonly sizeBytes: number }>;
  /** No more comes; followers end. Repeating it is fine. */
  end(name: string): Promise<void>;
  /** `undefined`: there is none. */
  size(name: string): Promise<{ readonly sizeBytes: number; readonly hasEnded: boolean } | undefined>;
  /** From `start` (bytes) on; `follow`: until it is ended, else what is there now. Iterate once. */
  read(
    name: string,
    options: { readonly start?: number; readonly follow: boolean; readonly signal: AbortSignal },
  ): AsyncIterable<Uint8Array>;
  remove(name: string): Promise<void>;
}

export type LogErrorCode = 'GAP' | 'ENDED' | 'TOO_LARGE' | 'NOT_FOUND' | 'NO_SPACE' | 'UNAVAILABLE';

/** Why a log could not be written or read. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

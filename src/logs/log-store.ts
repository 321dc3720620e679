/**
 * Logs that grow while others read them. One writer each; followers get all from where they begin, and then what comes,
 * until the log is ended. Two implementations pass `contract.ts`: files in a folder, for one server, and a database, where
 * several servers share one. Names are parts joined by `/`, as `isLogName` has it; others throw `INVALID_NAME`. All calls
 * may be made at the same time. Every call throws `LogError` and nothing else for what a disk or a database can do, and
 * `signal.reason` where its signal aborts.
 */
export interface LogStore extends AsyncDisposable {
  /**
   * Appends at `offset`: bytes that are there already are skipped, so that a writer who lost the connection sends again
   * from where it knows; a gap throws `GAP`. Resolves when the bytes survive the end of this process and followers were told.
   * Throws `ENDED` after `end`, `TOO_LARGE` beyond the limit, and then nothing of `bytes` is kept. No bytes at offset 0
   * begin a log that has nothing in it yet. The bytes may be reused when the promise resolves.
   */
  append(name: string, offset: number, bytes: Uint8Array): Promise<{ readonly sizeBytes: number }>;
  /** No more comes; followers end. Repeating it is fine. Where there was no log, there is an empty one then. */
  end(name: string): Promise<void>;
  /** `undefined`: there is none. */
  size(name: string): Promise<LogSize | undefined>;
  /**
   * From `start` (bytes) on; `follow`: until it is ended, else what is there now. Where there is no log: waits until it
   * begins with `awaited`, else throws `NOT_FOUND`, as it does where the log is removed before all of it was read. A
   * follower that takes nothing holds no memory but one chunk. Chunks are shared by followers: nobody writes into them.
   * Iterate once.
   */
  read(name: string, options: LogReadOptions): AsyncIterable<Uint8Array>;
  /** Removes it; followers end. Repeating it is fine. A log of the same name may begin anew after that. */
  remove(name: string): Promise<void>;
  /** Every log that was there all the while, once, in no order. */
  list(): AsyncIterable<ListedLog>;
}

/** What somebody can do who only reads logs. */
export type LogReader = Pick<LogStore, 'size' | 'read'>;

export interface LogSize {
  readonly sizeBytes: number;
  readonly hasEnded: boolean;
}

export interface ListedLog extends LogSize {
  readonly name: string;
  /** When it was written or ended last, in milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export interface LogReadOptions {
  /** @defaultValue 0 */
  readonly start?: number;
  readonly follow: boolean;
  /** Wait for a log that is not there yet. Only with `follow`. @defaultValue false */
  readonly awaited?: boolean;
  readonly signal: AbortSignal;
}

export type LogErrorCode =
  | 'GAP'
  | 'ENDED'
  | 'TOO_LARGE'
  | 'NOT_FOUND'
  | 'INVALID_NAME'
  | 'NO_SPACE'
  | 'UNAVAILABLE';

/** Why a log could not be written or read. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

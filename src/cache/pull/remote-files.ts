/** A file of a repository that is somewhere else. Iterate it once; dispose it in any case. Chunks are the reader's own. */
export interface RemoteFile extends AsyncDisposable, AsyncIterable<Uint8Array> {
  /** Absent: nobody knows before the end. */
  readonly sizeBytes?: number;
}

/** A file that comes: all of it in memory, or in pieces that are read to their end before anything else comes. */
export type CameFile =
  | { readonly bytes: Buffer }
  | { readonly content: AsyncIterable<Uint8Array>; readonly sizeBytes: number };

/** Takes a file to its end. */
export type TakeFile = (path: string, file: CameFile) => Promise<void>;

export interface ManyFilesOptions {
  readonly signal: AbortSignal;
  /** Files up to this size are given whole. */
  readonly wholeBytes: number;
  readonly take: TakeFile;
}

export interface RemoteFileOptions {
  readonly signal: AbortSignal;
  /** Asks with it (`POST`), where a server of ours answers such questions. */
  readonly body?: Uint8Array;
}

/**
 * The files of a repository that is pulled from: a web server, a folder. All calls may be made at the same time, and
 * repeated. Throws `CacheError` (`PassingError` where another try may help) and `signal.reason`, and so does reading.
 */
export interface RemoteFiles extends Disposable {
  /** For messages: without credentials and query. */
  readonly name: string;
  /** Opens what is at a path below the repository; `undefined` where nothing is. */
  open(path: string, options: RemoteFileOptions): Promise<RemoteFile | undefined>;
  /**
   * Fetches many files faster than one by one, where it can. It is an attempt: what was not taken is to be opened, which says
   * why. Throws what `take` throws that is no trouble of what came, and `signal.reason`.
   */
  fetchMany?(paths: readonly string[], options: ManyFilesOptions): Promise<void>;
  /** Whether an answer so far came from a server of ours, which knows more questions than files. */
  readonly isSlipway: boolean;
}

/** A file of a repository that is somewhere else. Iterate it once; dispose it in any case. Chunks are the reader's own. */
export interface RemoteFile extends AsyncDisposable, AsyncIterable<Uint8Array> {
  /** Absent: nobody knows before the end. */
  readonly sizeBytes?: number;
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
  /** Whether an answer so far came from a server of ours, which knows more questions than files. */
  readonly isSlipway: boolean;
}

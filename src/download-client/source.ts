import type { ByteRange } from '../store/index.ts';

/** Something that can be fetched: an answer of a server, an object of a store. Dispose it to let go of connections. */
export interface FetchSource extends AsyncDisposable {
  /** For messages, without query and credentials. */
  readonly name: string;
  /** What a file of it is to be called: one part of a path, safe to write to. */
  readonly fileName: string;
  /** Absent: nobody knows before the end. */
  readonly sizeBytes?: number;
  /** The same text is the same bytes. Absent: what was fetched cannot be gone on with. */
  readonly version?: string;
  /** Of all of it, in hex. */
  readonly sha256?: string;
  /** Whether parts of it can be read, several at a time. Then size and version are known. */
  readonly hasRanges: boolean;
  /**
   * Its bytes, or those of a range that lies within. Chunks are borrowed. Throws `DownloadError`, `StoreError`, and
   * `signal.reason`.
   */
  read(range: ByteRange | undefined, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

import type { ByteRange } from '../store/index.ts';

/**
 * Something that can be downloaded: a file below a root, an object, one file out of a stored tar, an archive that is made
 * on the fly. Its length is known before its first byte.
 */
export interface DownloadContent extends AsyncDisposable {
  readonly sizeBytes: number;
  /** Strong, without quotes: the same text is the same bytes, also after a restart and on another server. */
  readonly etag: string;
  /** Milliseconds since the epoch. Absent: nobody knows. */
  readonly modifiedAt?: number;
  readonly mediaType: string;
  /** Suggested to the browser; may hold anything, the response encodes it. */
  readonly fileName: string;
  /** Of the whole content, in hex. */
  readonly sha256?: string;
  /**
   * The bytes of a range that lies within the content. Chunks are borrowed: one is valid until the next is asked for.
   * May be called more than once. Throws `StoreError`.
   */
  read(range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

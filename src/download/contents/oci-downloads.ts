import { type OciLocation, type OciRead, openOciReads } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';

export interface OciDownloadsOptions {
  readonly location: OciLocation;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of what failed behind a download and does not concern it: a request that could not be deleted. */
  readonly onTrouble?: (error: unknown) => void;
}

/** Downloads from a bucket of OCI Object Storage. Disposing waits for what goes on behind the downloads. */
export interface OciDownloads extends AsyncDisposable {
  /** Absence is `undefined`. Throws `StoreError`, and `signal.reason`. */
  open(objectName: string, options: { readonly signal: AbortSignal }): Promise<DownloadContent | undefined>;
}

/**
 * Opens a bucket for downloads through short-lived pre-authenticated requests; nothing is asked of it yet. Throws
 * `StoreError` where the private key is none.
 */
export async function openOciDownloads(options: OciDownloadsOptions): Promise<OciDownloads> {
  const { location, now, onTrouble } = options;
  const reads = await openOciReads(location, { now, onTrouble });
  return {
    async open(objectName, { signal }) {
      const read = await reads.open(objectName, { signal });
      return read === undefined ? undefined : toContent(read);
    },
    [Symbol.asyncDispose]: () => reads[Symbol.asyncDispose](),
  };
}

function toContent(read: OciRead): DownloadContent {
  const { key, sizeBytes, version, modifiedAt, mediaType, sha256 } = read.object;
  return {
    sizeBytes,
    etag: sha256 ?? version,
    modifiedAt,
    mediaType: mediaType ?? 'application/octet-stream',
    fileName: key.slice(key.lastIndexOf('/') + 1),
    ...(sha256 !== undefined && { sha256 }),
    read: (range, signal) => read.read(range, signal),
    [Symbol.asyncDispose]: () => read[Symbol.asyncDispose](),
  };
}

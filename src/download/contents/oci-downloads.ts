import type { OciLocation } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';

export interface OciDownloadsOptions {
  readonly location: OciLocation;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of what went wrong behind a download, and does not concern it: an expired request that could not be deleted. */
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
  throw new Error(`not there yet: ${options.location.type}`);
}

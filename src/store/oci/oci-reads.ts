import type { OciLocation } from '../location.ts';
import type { ByteRange, StoredObject } from '../store.ts';

export interface OciReadsOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of what failed behind a read and does not concern it: a request that could not be deleted. */
  readonly onTrouble?: ((error: unknown) => void) | undefined;
}

/**
 * Objects of a bucket, read through pre-authenticated requests of two minutes, each for one object and for reading only.
 * Those that expired are deleted whenever one is made. Disposing waits until the ones that were made are deleted.
 */
export interface OciReads extends AsyncDisposable {
  /** Absence is `undefined`, and so is what is no key. Throws `StoreError`, and `signal.reason`. */
  open(name: string, options: { readonly signal: AbortSignal }): Promise<OciRead | undefined>;
}

/** One version of an object. Disposing deletes what was made for reading it, without making anybody wait. */
export interface OciRead extends AsyncDisposable {
  readonly object: StoredObject;
  /**
   * The bytes of a range that lies within the object, in borrowed chunks. What is cut goes on where it was cut. May be
   * called more than once. Throws `StoreError`, `CHANGED` where another version is there by now, and `signal.reason`.
   */
  read(range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Nothing is asked of the service yet; what speaks to it is loaded only now. Throws `FORBIDDEN` where the key is none. */
export async function openOciReads(location: OciLocation, options: OciReadsOptions): Promise<OciReads> {
  return (await import('./pre-authenticated-reads.ts')).preAuthenticatedReads(location, options);
}

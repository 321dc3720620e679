import type { ObjectStore } from '../../store/index.ts';
import type { ContentCache } from './content-cache.ts';
import type { StoredTar } from './stored-tar.ts';

export interface IndexStoredTarOptions {
  readonly store: ObjectStore;
  readonly key: string;
  readonly cache: ContentCache;
  readonly signal?: AbortSignal;
}

/**
 * What is in a stored tar that has no manifest, found by reading it through once; the cache keeps it for as long as the
 * stored version is the same. `undefined` where there is no such object. Throws `StoreError`, and `ArchiveError`:
 * `CORRUPT` where it is no tar.
 */
export function indexStoredTar(_options: IndexStoredTarOptions): Promise<StoredTar | undefined> {
  throw new Error('not there yet');
}

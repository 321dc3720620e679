import { type ObjectStore, StoreError } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';

export interface StoredObjectOptions {
  /** @defaultValue the last part of the key */
  readonly fileName?: string;
  /** @defaultValue what the store has of it, otherwise `application/octet-stream` */
  readonly mediaType?: string;
  readonly signal?: AbortSignal;
}

/**
 * An object of a store as a content, in the version that is there now: reading throws `CHANGED` where another one has
 * taken its place. `undefined` where there is none. Throws `StoreError`.
 */
export async function openStoredObject(
  store: ObjectStore,
  key: string,
  options: StoredObjectOptions = {},
): Promise<DownloadContent | undefined> {
  const object = await store.head(key, options.signal === undefined ? {} : { signal: options.signal });
  if (object === undefined) return undefined;
  return {
    sizeBytes: object.sizeBytes,
    etag: object.sha256 ?? object.version,
    modifiedAt: object.modifiedAt,
    mediaType: options.mediaType ?? object.mediaType ?? 'application/octet-stream',
    fileName: options.fileName ?? key.slice(key.lastIndexOf('/') + 1),
    ...(object.sha256 !== undefined && { sha256: object.sha256 }),
    async *read(range, signal) {
      await using content = await store.open(key, { range, ifVersion: object.version, signal });
      if (content === undefined)
        throw new StoreError('CHANGED', `The object ${key} was removed from ${store.name} while it was read`);
      yield* content;
    },
    async [Symbol.asyncDispose]() {}, // what is read closes itself
  };
}

import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { indexTar } from '../../artifacts/index.ts';
import type { Weighed } from '../../kernel/index.ts';
import type { ObjectStore, StoredObject } from '../../store/index.ts';
import { type ContentCache, entriesSize } from './content-cache.ts';
import { openPinned, type StoredTar } from './stored-tar.ts';

export interface IndexStoredTarOptions {
  readonly store: ObjectStore;
  readonly key: string;
  readonly cache: ContentCache;
  readonly signal?: AbortSignal;
}

/**
 * What is in a stored tar that has no manifest, found by reading it through once for all who ask; the cache keeps it for as
 * long as the stored version is the same. `undefined` where there is no such object. Throws `StoreError`, and
 * `ArtifactError`: `CORRUPT` where it is no tar, `UNSAFE`, `TOO_LARGE`.
 */
export async function indexStoredTar(options: IndexStoredTarOptions): Promise<StoredTar | undefined> {
  const { store, key, cache, signal } = options;
  const object = await store.head(key, signal === undefined ? {} : { signal });
  if (object === undefined) return undefined;
  const id = JSON.stringify([store.name, key, object.version]);
  return await cache.tars.get(id, (making) => readThrough(store, object, making), signal);
}

async function readThrough(
  store: ObjectStore,
  object: StoredObject,
  signal: AbortSignal,
): Promise<Weighed<StoredTar>> {
  const { key, sizeBytes, modifiedAt } = object;
  await using content = await openPinned(store, object, { start: 0, end: sizeBytes }, signal);
  const digest = createHash('sha256');
  const entries = await indexTar(hashed(content, digest));
  const sha256 = object.sha256 ?? digest.digest('hex');
  const tar = { key, sizeBytes, sha256, fileName: posix.basename(key), storedAt: modifiedAt, entries };
  return { value: tar, sizeBytes: entriesSize(entries) };
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  digest: { update(chunk: Uint8Array): unknown },
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    digest.update(chunk);
    yield chunk;
  }
}

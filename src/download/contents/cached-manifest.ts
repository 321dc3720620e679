import { type ArtifactManifest, manifestKey, readManifest } from '../../artifacts/index.ts';
import type { Weighed } from '../../kernel/index.ts';
import { entriesSize } from './content-cache.ts';
import type { IndexStoredTarOptions } from './index-stored-tar.ts';

/**
 * `readManifest`, which reads and checks a manifest once for as long as its stored version is the same: one of 20,000
 * entries takes longer to read than all else that a download of some bytes does.
 */
export async function readCachedManifest(
  options: IndexStoredTarOptions,
): Promise<ArtifactManifest | undefined> {
  const { store, key, cache, signal } = options;
  const object = await store.head(manifestKey(key), signal === undefined ? {} : { signal });
  if (object === undefined) return undefined;
  const id = JSON.stringify([store.name, object.key, object.version]);
  const make = async (making: AbortSignal): Promise<Weighed<ArtifactManifest | undefined>> => {
    using _room = await cache.reading.hold(object.sizeBytes, making);
    const value = await readManifest(store, key, { signal: making });
    // Not less than its text: what is beside the entries may be of any length.
    const sizeBytes = Math.max(entriesSize(value?.entries ?? []), object.sizeBytes);
    return { value, sizeBytes, isPassing: value === undefined };
  };
  return await cache.manifests.get(id, make, signal);
}

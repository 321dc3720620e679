import type { ObjectStore } from '../store/index.ts';
import { ArtifactError } from './error.ts';
import { manifestKey } from './keys.ts';
import type { ArtifactManifest } from './manifest.ts';
import { readJson } from './read-json.ts';

/** No manifest is larger, and none that is larger is read. */
export const MAX_MANIFEST_BYTES = 64 * 1024 ** 2;

const schema = async (): Promise<typeof import('./schema.ts').ArtifactManifest> =>
  (await import('./schema.ts')).ArtifactManifest;

/**
 * The manifest of the artifact at a key; `undefined` where it has none, because it is not complete, or was stored by
 * another program. Throws `ArtifactError` `CORRUPT`, and `StoreError`.
 */
export async function readManifest(
  store: ObjectStore,
  key: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ArtifactManifest | undefined> {
  const what = `The manifest of ${key}`;
  const manifest = await readJson(store, manifestKey(key), {
    what,
    maxBytes: MAX_MANIFEST_BYTES,
    schema,
    ...options,
  });
  if (manifest === undefined || manifest.key === key) return manifest;
  throw new ArtifactError('CORRUPT', `${what} in ${store.name} is damaged: it is that of ${manifest.key}`);
}

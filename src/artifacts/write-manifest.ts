import { createHash } from 'node:crypto';
import type { ObjectStore } from '../store/index.ts';
import { manifestKey } from './keys.ts';
import type { ArtifactManifest } from './manifest.ts';
import { MAX_MANIFEST_BYTES } from './read-manifest.ts';

const PIECE_LENGTH = 64 * 1024;

/** One entry a line. */
function* textOf({ entries, ...facts }: ArtifactManifest): Generator<string> {
  const head = JSON.stringify(facts);
  if (entries === undefined) return yield head;
  yield `${head.slice(0, -1)},"entries":[`;
  for (const [i, entry] of entries.entries()) yield `${i === 0 ? '' : ','}\n${JSON.stringify(entry)}`;
  yield '\n]}';
}

/** `undefined` where there would be more bytes than are read again. */
function encode(manifest: ArtifactManifest): Buffer[] | undefined {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  let text = '';
  const flush = (): void => {
    const piece = Buffer.from(text);
    pieces.push(piece);
    sizeBytes += piece.length;
    text = '';
  };
  for (const part of textOf(manifest)) {
    text += part;
    if (text.length >= PIECE_LENGTH) flush();
    if (sizeBytes > MAX_MANIFEST_BYTES) return undefined;
  }
  flush();
  return sizeBytes > MAX_MANIFEST_BYTES ? undefined : pieces;
}

function withoutEntries({ entries: _, ...manifest }: ArtifactManifest): ArtifactManifest {
  return { ...manifest, entriesOmitted: true };
}

/** Stores a manifest beside its artifact; returns it as it was stored. Throws `StoreError`. */
export async function writeManifest(
  store: ObjectStore,
  manifest: ArtifactManifest,
  options: { readonly signal?: AbortSignal },
): Promise<ArtifactManifest> {
  const pieces = encode(manifest);
  if (pieces === undefined) return await writeManifest(store, withoutEntries(manifest), options);
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  const { expiresAt } = manifest;
  async function* content(): AsyncGenerator<Buffer> {
    yield* pieces ?? [];
  }
  await store.put(manifestKey(manifest.key), content(), {
    sizeBytes: pieces.reduce((sum, { length }) => sum + length, 0),
    sha256: hash.digest('hex'),
    mediaType: 'application/json',
    ...(expiresAt !== undefined && { expiresAt }),
    ...options,
  });
  return manifest;
}

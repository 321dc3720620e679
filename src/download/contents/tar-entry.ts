import { posix } from 'node:path';
import type { ManifestEntry } from '../../artifacts/index.ts';
import { type ByteRange, type ObjectStore, type StoredObject, StoreError } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';
import { findEntry } from './find-entry.ts';
import { openPinned, pinTar, type StoredTar, type TarSource } from './stored-tar.ts';

export interface OpenTarEntryOptions extends TarSource {
  /** Relative to the artifact, as the manifest has it; slashes at its ends do not count. Empty: the artifact itself. */
  readonly path: string;
}

/** What is at a path in an artifact. */
export type OpenedTarEntry =
  | { readonly type: 'file'; readonly content: DownloadContent }
  /** `path`: where it is after following links; empty for the artifact itself. */
  | { readonly type: 'folder'; readonly path: string };

/**
 * Opens one file of a stored tar: a range of the stored object. Links are followed inside of the artifact and never out of
 * it. `undefined` where there is nothing at that path, or the tar itself is gone. Throws `StoreError`: `CHANGED` where
 * the stored object is not the tar that was described.
 */
export async function openTarEntry(options: OpenTarEntryOptions): Promise<OpenedTarEntry | undefined> {
  const found = findEntry(options.tar.entries, options.path);
  if (found?.type !== 'file') return found;
  const object = await pinTar(options);
  if (object === undefined) return undefined;
  return { type: 'file', content: entryContent(options, object, found.entry) };
}

function entryContent(
  { store, tar }: TarSource,
  object: StoredObject,
  entry: ManifestEntry,
): DownloadContent {
  const { sizeBytes, offset } = placeOf(tar, entry);
  return {
    sizeBytes,
    etag: contentId(tar, entry),
    modifiedAt: entry.modifiedAt * 1000,
    mediaType: entry.mediaType ?? 'application/octet-stream',
    fileName: posix.basename(entry.path),
    ...(entry.sha256 !== undefined && { sha256: entry.sha256 }),
    read: (range, signal) =>
      readObject(store, object, { start: offset + range.start, end: offset + range.end }, signal),
    [Symbol.asyncDispose]: async () => undefined, // each reading closes what it opened
  };
}

/** Where a file's content is. Throws `PROTOCOL` where that is not within the tar: its description is damaged. */
export function placeOf(
  tar: StoredTar,
  { path, sizeBytes, offset }: ManifestEntry,
): { sizeBytes: number; offset: number } {
  if (sizeBytes === 0) return { sizeBytes, offset: 0 };
  if (offset !== undefined && offset + sizeBytes <= tar.sizeBytes) return { sizeBytes, offset };
  throw new StoreError('PROTOCOL', `What is known of ${tar.key} is damaged: ${path} is not within the tar`);
}

/** Names what a file holds: by its digest, or by its place in a tar whose digest is known. */
export const contentId = (tar: StoredTar, { sha256, offset, sizeBytes }: ManifestEntry): string =>
  sha256 ?? `${tar.sha256}-${offset ?? 0}-${sizeBytes}`;

async function* readObject(
  store: ObjectStore,
  object: StoredObject,
  range: ByteRange,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (range.start === range.end) return;
  await using content = await openPinned(store, object, range, signal);
  yield* content;
}

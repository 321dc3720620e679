import type { ManifestEntry } from '../../artifacts/index.ts';
import type { Weighed } from '../../kernel/index.ts';
import type { StoredObject } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';
import { archiveContent, archiveName, topFolder } from './archive-content.ts';
import { type ContentCache, entriesSize } from './content-cache.ts';
import { findEntry } from './find-entry.ts';
import { type ArchiveFormat, type LaidOut, layOut } from './lay-out.ts';
import { pinTar, type StoredTar, type TarSource } from './stored-tar.ts';
import { contentId, placeOf } from './tar-entry.ts';
import { openTarPieces } from './tar-pieces.ts';

export type { ArchiveFormat } from './lay-out.ts';

/** The archive of a stored tar, with the place of each entry's content in it. */
export interface LaidOutTar extends LaidOut {
  /** What it was made from, which is in memory once for as long as it is used. */
  readonly tar: StoredTar;
  readonly offsets: Float64Array;
}

export interface OpenArchiveOptions extends TarSource {
  readonly format: ArchiveFormat;
  /** Only this folder of the artifact, as the manifest has it. Absent or empty: all of it. */
  readonly folder?: string;
  /**
   * What the archive's top folder is called, and with the format's ending the file. What no name may have becomes `-`.
   * @defaultValue the folder's own name, else the tar's file name without its ending
   */
  readonly name?: string;
  readonly cache: ContentCache;
}

/**
 * Opens an artifact, or a folder in it, as an archive that is made while it is read; nothing is written to a disk.
 * `undefined` where the artifact has no such folder, or the tar itself is gone. Throws `StoreError`: `CHANGED` where the
 * stored object is not the tar that was described; `ArchiveError`: `UNSAFE_ENTRY` where its entries make no archive,
 * `CORRUPT` where what is known of them does not suffice.
 */
export async function openArchiveOf(options: OpenArchiveOptions): Promise<DownloadContent | undefined> {
  const { store, tar, format, cache, signal } = options;
  const folder = folderOf(options);
  const object = folder === undefined ? undefined : await pinTar(options);
  if (folder === undefined || object === undefined) return undefined;
  const name = archiveName(options.name ?? folder.slice(folder.lastIndexOf('/') + 1), tar.fileName);
  const key = JSON.stringify([store.name, identity(tar, object), format, folder, name]);
  const laidOut = await cache.layouts.get(key, async () => layOutTar(tar, { format, folder, name }), signal);
  return archiveContent({
    laidOut,
    name,
    modifiedAt: tar.storedAt,
    open: openTarPieces(store, object, laidOut.offsets),
  });
}

/** What was described when: another description of the same tar may call files otherwise. */
const identity = (tar: StoredTar, { version }: StoredObject): readonly unknown[] => [
  tar.key,
  version,
  tar.sha256,
  tar.storedAt,
  tar.entries.length,
];

/** The folder that is asked for, without links; `undefined` where there is none. */
function folderOf({ tar, folder = '' }: OpenArchiveOptions): string | undefined {
  if (folder === '') return '';
  const found = findEntry(tar.entries, folder);
  return found?.type === 'folder' ? found.path : undefined;
}

interface Asked {
  readonly format: ArchiveFormat;
  readonly folder: string;
  readonly name: string;
}

function layOutTar(tar: StoredTar, { format, folder, name }: Asked): Weighed<LaidOutTar> {
  const chosen = folder === '' ? tar.entries : below(tar.entries, folder);
  const own = folder === '' ? undefined : tar.entries.find(({ path }) => path === folder);
  const cut = folder === '' ? 0 : folder.length + 1;
  const entries = cut === 0 ? chosen : chosen.map((entry) => ({ ...entry, path: entry.path.slice(cut) }));
  const laidOut = layOut({
    format,
    entries,
    top: topFolder(name, entries, own),
    contentIdOf: (index) => contentIdAt(tar, chosen, index),
  });
  const offsets = new Float64Array(chosen.length);
  chosen.forEach((entry, i) => {
    offsets[i] = placeOf(tar, entry).offset;
  });
  return { value: { ...laidOut, tar, offsets }, sizeBytes: entriesSize(entries) };
}

const below = (entries: readonly ManifestEntry[], folder: string): readonly ManifestEntry[] =>
  entries.filter(({ path }) => path.startsWith(`${folder}/`));

function contentIdAt(tar: StoredTar, entries: readonly ManifestEntry[], index: number): string {
  const entry = entries[index];
  return entry === undefined ? '' : contentId(tar, entry);
}

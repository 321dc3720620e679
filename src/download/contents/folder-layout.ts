import { posix } from 'node:path';
import type { LayoutEntry } from '../../archive/index.ts';
import type { DownloadContent } from '../content.ts';
import { DownloadRefusal } from '../refusal.ts';
import { archiveContent, archiveName, topFolder } from './archive-content.ts';
import { type ContentCache, entriesSize } from './content-cache.ts';
import { fileChecksum } from './file-checksum.ts';
import { contentIdOf } from './file-state.ts';
import { openFilePieces } from './folder-pieces.ts';
import { type ArchiveFormat, layOut } from './lay-out.ts';
import { type FoundFile, type WalkedFolder, walkFolder } from './walk-folder.ts';

export interface OpenFolderArchiveOptions {
  /** Absolute and normal, without links on the way: whoever asks has found it to be below a root. */
  readonly folder: string;
  /** The root that it is below: a store at or above it, up to there, says what has expired. @defaultValue the folder itself */
  readonly root?: string;
  readonly format: ArchiveFormat;
  /**
   * What the archive's top folder is called, and with the format's ending the file. What no name may have becomes `-`.
   * @defaultValue the folder's name
   */
  readonly name?: string;
  readonly cache: ContentCache;
  /** The time, in milliseconds since the epoch. @defaultValue `Date.now` */
  readonly now?: () => number;
  readonly signal?: AbortSignal;
}

const AT_ONCE = 8; // files that are read for their checksums: the four threads of the file system stay busy

/**
 * Opens a folder of this machine as an archive that is made while it is read. Links in it are archived as links; what is
 * neither file, folder nor link is left out. For zip and tar.gz every file is read once before, and its checksum kept in
 * the cache. `undefined` where it is no folder. Throws `ArchiveError`: `LIMIT`, `UNSAFE_ENTRY`; and here and while it is
 * read `StoreError`: `CHANGED` where a file is not what it was, `TRUNCATED` where it ends too early, `UNAVAILABLE`;
 * `DownloadRefusal` `BUSY` where the archives that are downloaded take all memory that is for them.
 */
export async function openArchiveOfFolder(
  options: OpenFolderArchiveOptions,
): Promise<DownloadContent | undefined> {
  const { folder, root = folder, cache, signal } = options;
  using _turn = await cache.walking.hold(1, signal);
  const walking = { top: root, now: options.now ?? Date.now, ...(signal !== undefined && { signal }) };
  const walked = await walkFolder(folder, walking);
  if (walked === undefined) return undefined;
  const room = cache.folders.tryHold(FACTOR * entriesSize(walked.files));
  if (room === undefined) throw tooMuch();
  try {
    const content = await contentOf(walked, options);
    return { ...content, [Symbol.asyncDispose]: async () => room[Symbol.dispose]() };
  } catch (error) {
    room[Symbol.dispose]();
    throw error;
  }
}

const FACTOR = 3; // a file's state, its entry, and its places in the layout take about as much each

/** Who asks once may have a large folder; many who ask, or who do not read on, would take all memory with it. */
const tooMuch = (): DownloadRefusal =>
  new DownloadRefusal('BUSY', 'as many archives of folders are downloaded as can be: try again later', {
    headers: { 'retry-after': '30' },
  });

async function contentOf(
  { files, own }: WalkedFolder,
  options: OpenFolderArchiveOptions,
): Promise<DownloadContent> {
  const { folder, format } = options;
  const name = archiveName(options.name ?? posix.basename(folder));
  const entries: LayoutEntry[] = [];
  for (let i = 0; i < files.length; i += AT_ONCE) {
    const some = files.slice(i, i + AT_ONCE);
    entries.push(...(await Promise.all(some.map((found) => entryOf(found, options)))));
  }
  const states = files.map(({ state }) => state);
  const laidOut = layOut({
    format,
    entries,
    top: topFolder(name, entries, own),
    contentIdOf: (index) => identityAt(files, index),
  });
  const modifiedAt =
    1000 * entries.reduce((latest, entry) => Math.max(latest, entry.modifiedAt), own.modifiedAt);
  return archiveContent({ laidOut, name, modifiedAt, open: openFilePieces(states) });
}

async function entryOf(
  { path, type, mode, modifiedAt, state, target }: FoundFile,
  { format, cache, signal }: OpenFolderArchiveOptions,
): Promise<LayoutEntry> {
  const about = { path, type, mode, modifiedAt, sizeBytes: state?.sizeBytes ?? 0 };
  if (target !== undefined) return { ...about, target };
  if (state === undefined || format === 'tar') return about;
  return { ...about, crc32: await fileChecksum(cache, state, signal) };
}

function identityAt(files: readonly FoundFile[], index: number): string {
  const state = files[index]?.state;
  return state === undefined ? '' : contentIdOf(state);
}

import { constants, type Dirent } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unless } from '../../kernel/index.ts';
import { type BackupFile, once } from '../entry.ts';

export interface FolderFilesOptions {
  /** Absolute. */
  readonly root: string;
  /** What their paths in the backup begin with; a slash at its end, or nothing. */
  readonly prefix: string;
  /** Whether what is at a path below the root, a file or a folder with all in it, is left out. @defaultValue nothing is */
  readonly isLeftOut?: (path: string) => boolean;
}

// Nothing that waits for somebody, and nothing that leads elsewhere.
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const SMALL_BYTES = 256 * 1024;
const CHUNK_BYTES = 256 * 1024;

/**
 * The files below a folder, as they are when each one's turn comes, in the order of their paths; links, pipes and sockets are
 * none. One that grows is taken as long as it was. A folder that is not there has none.
 */
export async function* folderFiles(options: FolderFilesOptions): AsyncGenerator<BackupFile, void, undefined> {
  yield* below('', options);
}

async function* below(
  folder: string,
  options: FolderFilesOptions,
): AsyncGenerator<BackupFile, void, undefined> {
  const { root, prefix, isLeftOut = () => false } = options;
  for (const entry of await entriesOf(join(root, folder))) {
    const path = `${folder}${entry.name}`;
    if (isLeftOut(path)) continue;
    if (entry.isDirectory()) yield* below(`${path}/`, options);
    else if (entry.isFile()) yield* oneFile(join(root, path), `${prefix}${path}`);
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await unless(['ENOENT', 'ENOTDIR'], readdir(folder, { withFileTypes: true }));
  return (entries ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A file as it is now, under a path of the backup; nothing where there is none. */
export async function* oneFile(place: string, path: string): AsyncGenerator<BackupFile, void, undefined> {
  await using file = await unless(['ENOENT', 'ENOTDIR', 'ELOOP'], open(place, READ));
  const stats = await file?.stat();
  if (file === undefined || !stats?.isFile()) return;
  const facts = { path, mode: stats.mode & 0o777, modifiedAt: Math.floor(stats.mtimeMs) };
  if (stats.size <= SMALL_BYTES) {
    const bytes = await readUpTo(file, stats.size);
    yield { ...facts, sizeBytes: bytes.length, content: once(bytes) };
  } else yield { ...facts, sizeBytes: stats.size, content: piecesOf(file, stats.size) };
}

/** As many bytes as there are, where it has become shorter. */
async function readUpTo(file: FileHandle, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.alloc(sizeBytes);
  let at = 0;
  while (at < sizeBytes) {
    const { bytesRead } = await file.read(bytes, at, sizeBytes - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

async function* piecesOf(file: FileHandle, sizeBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < sizeBytes; ) {
    const piece = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, sizeBytes - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return; // it has become shorter: whoever packs it says so
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

import { type BigIntStats, constants } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArchiveError } from '../../archive/index.ts';
import { knownOfFile, OWN_PART, StoreError } from '../../store/index.ts';
import { type FileState, fileState } from './file-state.ts';

/** A file, folder or link in a folder of this machine. */
export interface FoundFile {
  /** Relative to the folder that was walked. */
  readonly path: string;
  readonly type: 'file' | 'folder' | 'link';
  readonly mode: number;
  /** Whole seconds since the epoch. */
  readonly modifiedAt: number;
  /** Of a file. */
  readonly state?: FileState;
  /** Of a link. */
  readonly target?: string;
}

export interface WalkedFolder {
  readonly files: readonly FoundFile[];
  readonly own: Pick<FoundFile, 'mode' | 'modifiedAt'>;
}

export interface WalkOptions {
  /**
   * The uppermost folder that may be a store, at or above the one that is walked: what has expired in a store is not there.
   * @defaultValue the folder itself
   */
  readonly top?: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
}

interface Folder {
  readonly path: string;
  readonly source: Buffer;
  /** The uppermost folder that is asked what it knows of files in this one. Absent: none at or above is a store. */
  readonly store?: string;
}

const { O_RDONLY, O_NOFOLLOW, O_DIRECTORY } = constants;
const MAX_ENTRIES = 250_000; // as many as a manifest has: they are held in memory, about 500 bytes each
const AT_ONCE = 64; // calls of the file system; its four threads stay busy
const SLASH = Buffer.from('/');
const OWN = Buffer.from(OWN_PART);

/**
 * What is in a folder and in those below it, folders first, names by their bytes. Links are not followed, wherever they
 * are; what is neither file, folder nor link is left out, and so is what a store
 * keeps for itself, what has expired in it, and what vanishes meanwhile. `undefined` where the folder
 * itself is none. Throws `LIMIT`, `UNSAFE_ENTRY`, and `UNAVAILABLE` where something cannot be read.
 */
export async function walkFolder(folder: string, options: WalkOptions): Promise<WalkedFolder | undefined> {
  const { top = folder } = options;
  const isInStore = await isStoreAt(folder, top);
  const pending: Folder[] = [{ path: '', source: Buffer.from(folder), ...(isInStore && { store: top }) }];
  const files: FoundFile[] = [];
  let own: WalkedFolder['own'] | undefined;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    options.signal?.throwIfAborted();
    const listed = await quietly(next.source, () => listFolder(next, options.now()));
    if (listed === undefined) continue;
    own ??= aboutOf(listed.stats);
    files.push(...listed.files);
    if (files.length > MAX_ENTRIES) throw tooMany(folder);
    pending.push(...listed.folders.toReversed());
  }
  return own === undefined ? undefined : { files, own };
}

/** Whether a folder, or one above it up to `top`, is a store. */
async function isStoreAt(folder: string, top: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    if ((await quietly(Buffer.from(at), () => lstat(join(at, OWN_PART)))) !== undefined) return true;
    if (at === top || at === dirname(at)) return false;
  }
}

interface Listing {
  readonly stats: BigIntStats;
  readonly files: readonly FoundFile[];
  readonly folders: readonly Folder[];
}

/** Throws what the file system does. */
async function listFolder({ path, source, store: above }: Folder, now: number): Promise<Listing | undefined> {
  await using handle = await open(source, O_RDONLY | O_NOFOLLOW | O_DIRECTORY);
  // Through what is open: a folder above may be a link to elsewhere from now on.
  const inside = Buffer.from(`/proc/self/fd/${handle.fd}`);
  if (!source.equals(await readlink(inside, 'buffer'))) return undefined;
  const all = await readdir(inside, 'buffer');
  const names = all.filter((name) => !name.equals(OWN)).sort(Buffer.compare);
  const store = above ?? (names.length < all.length ? String(source) : undefined);
  if (names.length > MAX_ENTRIES) throw tooMany(String(source)); // before each of them is looked at
  checkNames(path, names);
  const files: FoundFile[] = [];
  const folders: Folder[] = [];
  for (let i = 0; i < names.length; i += AT_ONCE) {
    const found = names.slice(i, i + AT_ONCE).map(async (name) => {
      const known: Folder = {
        path: path === '' ? String(name) : `${path}/${name}`,
        source: Buffer.concat([source, SLASH, name]),
        ...(store !== undefined && { store }),
      };
      const file = await quietly(known.source, () =>
        lookAt(Buffer.concat([inside, SLASH, name]), known, now),
      );
      return { known, file };
    });
    for (const { known, file } of await Promise.all(found)) {
      if (file !== undefined) files.push(file);
      if (file?.type === 'folder') folders.push(known);
    }
  }
  return { stats: await handle.stat({ bigint: true }), files, folders };
}

/** `place`: where it is reached. */
async function lookAt(
  place: Buffer,
  { path, source, store }: Folder,
  now: number,
): Promise<FoundFile | undefined> {
  const stats = await lstat(place, { bigint: true });
  const about = { path, ...aboutOf(stats) };
  if (stats.isDirectory()) return { ...about, type: 'folder' };
  if (stats.isFile()) {
    const known = store === undefined ? undefined : await knownOfFile(String(source), stats, store);
    if ((known?.expiresAt ?? Number.POSITIVE_INFINITY) <= now) return undefined;
    return { ...about, type: 'file', state: fileState(source, stats, now) };
  }
  if (stats.isSymbolicLink()) return { ...about, type: 'link', target: await readlink(place) };
  return undefined;
}

const aboutOf = (stats: BigIntStats): WalkedFolder['own'] => ({
  mode: Number(stats.mode) & 0o7777,
  modifiedAt: Math.floor(Number(stats.mtimeMs) / 1000),
});

/** Names that are no text become text; one must not stand for two. */
function checkNames(path: string, names: readonly Buffer[]): void {
  if (new Set(names.map(String)).size === names.length) return;
  const message = `In ${JSON.stringify(path)} are two names that are no text and look the same in an archive`;
  throw new ArchiveError('UNSAFE_ENTRY', message, { path });
}

const tooMany = (folder: string): ArchiveError =>
  new ArchiveError('LIMIT', `${folder} has more than ${MAX_ENTRIES} files: ask for a part of it`);

/** What there is not any more, or in this form, is `undefined`. */
async function quietly<T>(source: Buffer, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    if (cause instanceof ArchiveError || cause instanceof StoreError) throw cause;
    throw new StoreError('UNAVAILABLE', `${source} could not be read: ${String(code ?? cause)}`, { cause });
  }
}

import { ArchiveError } from '../error.ts';
import type { LayoutEntry, LayoutOptions } from './layout.ts';

/** An entry that goes into an archive. */
export interface ChosenEntry {
  /** Its place among those that were given; of the top folder -1. */
  readonly index: number;
  /** With the top folder before it. */
  readonly path: string;
  readonly entry: LayoutEntry;
}

// An empty part, `.` or `..`; a zero byte, which no file system and neither format knows in a name.
const BAD_PATH = /(?:^|\/)\.{0,2}(?:\/|$)|\0/;
const MAX_PATH_BYTES = 4096; // Linux's; a name in a zip has at most 65,535
const MAX_DEPTH = 256; // folders above each other are looked at one by one
const MAX_FOLDERS = 250_000; // as many as a manifest has entries; few names can be in many times as many folders

/**
 * What of the given entries goes into an archive, in their order. Of several with one path it is the last one, as it is
 * with programs that unpack them one after the other. Throws `UNSAFE_ENTRY` at a path that leads elsewhere or that does
 * not fit into an archive, and at an entry below what is no folder: it would be written through a link; `LIMIT` at too many
 * folders.
 */
export function chooseEntries(
  entries: readonly LayoutEntry[],
  { top }: LayoutOptions = {},
): readonly ChosenEntry[] {
  const places = placesOf(entries);
  checkFolders(entries, places);
  const hasRepeated = places.size < entries.length;
  const chosen: ChosenEntry[] = [];
  if (top !== undefined) chosen.push(topFolder(top));
  const before = top === undefined ? '' : `${top.path}/`;
  entries.forEach((entry, index) => {
    if (hasRepeated && places.get(entry.path) !== index) return;
    chosen.push({ index, entry, path: before + entry.path });
  });
  return chosen;
}

function topFolder(top: NonNullable<LayoutOptions['top']>): ChosenEntry {
  const entry: LayoutEntry = { ...top, type: 'folder', sizeBytes: 0 };
  checkEntry(entry);
  return { index: -1, path: top.path, entry };
}

/** Where each path is last. */
function placesOf(entries: readonly LayoutEntry[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  entries.forEach((entry, index) => {
    checkEntry(entry);
    places.set(entry.path, index);
  });
  return places;
}

function checkEntry({ path, type, target, sizeBytes, modifiedAt }: LayoutEntry): void {
  checkPath(path);
  if (type === 'link' && (target === undefined || target === '' || target.includes('\0'))) {
    throw refuse(path, 'it is a link that leads nowhere');
  }
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || (type !== 'file' && sizeBytes > 0)) {
    throw refuse(path, `a ${type} has no size of ${sizeBytes} bytes`);
  }
  if (!Number.isFinite(modifiedAt)) throw refuse(path, `${modifiedAt} is no time`);
}

function checkPath(path: string): void {
  if (BAD_PATH.test(path)) throw refuse(path, 'its name leads out of the archive, or is none');
  if (!path.isWellFormed()) throw refuse(path, 'its name is no Unicode text');
  // A character has three bytes at most for each unit of its length.
  if (path.length * 3 > MAX_PATH_BYTES && Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw refuse(path, `its name is longer than ${MAX_PATH_BYTES} bytes`);
  }
  if (path.length > MAX_DEPTH && path.split('/').length > MAX_DEPTH) {
    throw refuse(path, `it is in more than ${MAX_DEPTH} folders`);
  }
}

/** What an entry is in must be a folder, or not be told at all. */
function checkFolders(entries: readonly LayoutEntry[], places: ReadonlyMap<string, number>): void {
  const folders = new Set<string>(['']);
  let last = '';
  for (const { path } of entries) {
    // Neighbours are in one folder mostly: nothing is cut off then, and nothing looked for.
    if (path.lastIndexOf('/') === last.length && path.startsWith(last)) continue;
    last = parentOf(path);
    for (let above = last; !folders.has(above); above = parentOf(above)) {
      const place = places.get(above);
      const type = place === undefined ? 'folder' : entries[place]?.type;
      if (type !== 'folder') throw refuse(path, `${shown(above)} is a ${type}, so nothing can be in it`);
      folders.add(above);
    }
    if (folders.size > MAX_FOLDERS)
      throw new ArchiveError('LIMIT', `An archive has no more than ${MAX_FOLDERS} folders`);
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export function refuse(path: string, why: string): ArchiveError {
  return new ArchiveError('UNSAFE_ENTRY', `${shown(path)} cannot go into an archive: ${why}`, { path });
}

const shown = (path: string): string => JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);

import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { type BytePath, fsPath, joinPath, pathText } from './byte-path.ts';
import { copyFileTo } from './copy-file.ts';
import { fileError } from './error.ts';
import { lstat, namesIn, readLink, type TreeEntry, type WalkedEntry } from './walk.ts';

/** How much a copy had to do. */
export interface CopyCounts {
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  /** Of all files, also those that were there already. */
  readonly bytes: number;
  /** Files and links that were new or had changed. */
  readonly written: number;
  /** Things that the source no longer has. */
  readonly removed: number;
}

/**
 * Brings a folder into the state of a tree that is being walked: entries are given in the order of the walk. Whatever
 * is in the way is removed, never written through, so nothing outside of the folder changes.
 */
export interface Mirror {
  readonly counts: CopyCounts;
  /** Makes a folder and removes from it what is not in its children. */
  folder(entry: WalkedEntry): void;
  link(entry: TreeEntry): void;
  /** Counts a file; whether it must be written, because it is not there or has another size, time or mode. */
  needs(entry: TreeEntry): boolean;
  /** Makes a file that `needs` asked for. A promise only where it is a large one. */
  copy(entry: TreeEntry): Promise<void> | undefined;
}

interface State {
  readonly to: BytePath;
  readonly counts: { -readonly [key in keyof CopyCounts]: number };
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Names that a folder had before, by the folder's path; absent for folders that are new. */
  readonly existing: Map<string, ReadonlySet<string>>;
}

// A file that changes again within the file system's tick (4 to 10 ms) keeps its time. So that it does not seem
// unchanged the next time, the copy of one that has just been written gets a time that is another one.
const RECENT_MS = 100;
// Times are set through a floating point number of seconds.
const TIME_ERROR_MS = 0.002;
const PERMISSIONS = 0o7777;

export function createMirror(to: BytePath): Mirror {
  const counts = { files: 0, folders: 0, links: 0, bytes: 0, written: 0, removed: 0 };
  const state: State = { to, counts, startedAt: Date.now(), existing: new Map() };
  return {
    counts,
    folder: (entry) => mirrorFolder(state, entry),
    link: (entry) => mirrorLink(state, entry),
    needs: (entry) => needsFile(state, entry),
    copy: (entry) =>
      copyFileTo(targetOf(state, entry), entry, { timeOffsetMs: isRecent(state, entry) ? 1 : 0 }),
  };
}

function mirrorFolder(state: State, entry: WalkedEntry): void {
  const target = targetOf(state, entry);
  const isRoot = entry.path === '';
  if (!isRoot) state.counts.folders += 1;
  const found = isRoot ? lstat(target) : existing(state, entry);
  if (found !== undefined && !found.isDirectory()) remove(target);
  if (found?.isDirectory()) removeOthers(state, entry, target);
  else attempt('make the folder', target, () => mkdirSync(fsPath(target), { recursive: isRoot }));
  // Its owner must be able to fill it and to remove it again, whatever the source allows.
  const mode = (entry.stats.mode & PERMISSIONS) | 0o700;
  if (found === undefined || (found.mode & PERMISSIONS) !== mode) {
    attempt('set the mode of', target, () => chmodSync(fsPath(target), mode));
  }
}

function removeOthers(state: State, entry: WalkedEntry, target: BytePath): void {
  const names = new Set(namesIn(target));
  state.existing.set(entry.path, names);
  const wanted = new Set(entry.children?.map((child) => splitLast(child.path).name));
  for (const name of names) {
    if (wanted.has(name)) continue;
    remove(joinPath(target, name));
    state.counts.removed += 1;
  }
}

function mirrorLink(state: State, entry: TreeEntry): void {
  const target = targetOf(state, entry);
  const destination = readLink(entry.source);
  state.counts.links += 1;
  const found = existing(state, entry);
  if (found?.isSymbolicLink() && readLink(target) === destination) return;
  if (found !== undefined) remove(target);
  attempt('make the link', target, () => symlinkSync(fsPath(destination), fsPath(target)));
  state.counts.written += 1;
}

function needsFile(state: State, entry: TreeEntry): boolean {
  const found = existing(state, entry);
  state.counts.files += 1;
  state.counts.bytes += entry.stats.size;
  const isCurrent =
    found?.isFile() &&
    found.size === entry.stats.size &&
    found.mode === entry.stats.mode &&
    Math.abs(found.mtimeMs - entry.stats.mtimeMs) < TIME_ERROR_MS;
  if (isCurrent) return false;
  state.counts.written += 1;
  // Removed rather than overwritten: it may have other names, or be a link.
  if (found !== undefined) remove(targetOf(state, entry));
  return true;
}

function isRecent(state: State, entry: TreeEntry): boolean {
  return entry.stats.mtimeMs > state.startedAt - RECENT_MS;
}

/** What the mirror has at an entry's place; no question to the disk where the folder is new or lacks the name. */
function existing(state: State, entry: TreeEntry): ReturnType<typeof lstat> {
  const { folder, name } = splitLast(entry.path);
  return state.existing.get(folder)?.has(name) ? lstat(targetOf(state, entry)) : undefined;
}

function targetOf(state: State, entry: TreeEntry): BytePath {
  return entry.path === '' ? state.to : joinPath(state.to, entry.path);
}

function splitLast(path: BytePath): { folder: string; name: string } {
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, Math.max(0, slash)), name: path.slice(slash + 1) };
}

function remove(target: BytePath): void {
  attempt('remove', target, () => rmSync(fsPath(target), { recursive: true, force: true }));
}

function attempt(what: string, path: BytePath, action: () => void): void {
  try {
    action();
  } catch (cause) {
    throw fileError(what, pathText(path), cause);
  }
}

import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { type BytePath, bytePathOf, fsPath, joinPath, pathText } from './byte-path.ts';
import { ArchiveError, errorCode, fileError } from './error.ts';
import type { IgnoreMatcher } from './ignore.ts';

/** One thing in a tree of files. */
export interface TreeEntry {
  /** Relative to the tree's root; empty for the root itself. */
  readonly path: BytePath;
  /** Where it is on this machine. */
  readonly source: BytePath;
  readonly kind: 'file' | 'folder' | 'link';
  readonly stats: Stats;
}

/** A folder comes before what is in it, together with the list of that. */
export type WalkedEntry = TreeEntry & { readonly children?: readonly TreeEntry[] };

/**
 * Goes through a tree of files, folders first, names in the order of their bytes. Links are not followed, but the root
 * may be one. What vanishes meanwhile is left out, and so are sockets: a server that runs in a project makes them, and a
 * copy of one leads nowhere. Throws `NOT_FOUND` when the root is no folder, `UNSUPPORTED_FILE` at a pipe or device.
 */
export function* walkTree(root: BytePath, ignore?: IgnoreMatcher): Generator<WalkedEntry, void, undefined> {
  // The empty path is the root's.
  const open: TreeEntry[] = [{ path: '' as BytePath, source: root, kind: 'folder', stats: rootStats(root) }];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    if (entry.kind !== 'folder') {
      yield entry;
      continue;
    }
    const children = childrenOf(entry, ignore);
    yield { ...entry, children };
    open.push(...children.toReversed());
  }
}

export function readLink(path: BytePath): BytePath {
  try {
    return bytePathOf(readlinkSync(fsPath(path), 'buffer'));
  } catch (cause) {
    throw fileError('read the link', pathText(path), cause);
  }
}

function rootStats(root: BytePath): Stats {
  // A slash at the end makes the system follow a link.
  const stats = lstat(`${root}/` as BytePath);
  if (stats?.isDirectory()) return stats;
  const path = pathText(root);
  throw new ArchiveError('NOT_FOUND', `${path} is not a folder`, { path });
}

function childrenOf(folder: TreeEntry, ignore?: IgnoreMatcher): TreeEntry[] {
  const children: TreeEntry[] = [];
  for (const name of namesIn(folder.source).sort(byBytes)) {
    const path = joinPath(folder.path, name);
    const source = joinPath(folder.source, name);
    const stats = lstat(source);
    if (stats === undefined || stats.isSocket()) continue;
    if (ignore?.(pathText(path), stats.isDirectory())) continue;
    children.push({ path, source, kind: kindOf(stats, source), stats });
  }
  return children;
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** The names in a folder, as bytes; none when it has vanished. */
export function namesIn(folder: BytePath): string[] {
  try {
    return readdirSync(fsPath(folder), 'latin1');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    throw fileError('read the folder', pathText(folder), cause);
  }
}

export function lstat(path: BytePath): Stats | undefined {
  try {
    return lstatSync(fsPath(path), { throwIfNoEntry: false });
  } catch (cause) {
    if (errorCode(cause) === 'ENOTDIR') return undefined;
    throw fileError('look at', pathText(path), cause);
  }
}

function kindOf(stats: Stats, source: BytePath): TreeEntry['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  if (stats.isSymbolicLink()) return 'link';
  const path = pathText(source);
  const kind = stats.isFIFO() ? 'a named pipe' : 'a device';
  const advice = 'remove it, or name it in the ignore file';
  throw new ArchiveError('UNSUPPORTED_FILE', `${path} is ${kind}, which cannot be copied: ${advice}`, {
    path,
  });
}

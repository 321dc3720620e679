import { isUtf8 } from 'node:buffer';
import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { CacheError } from '../error.ts';
import { changed, shownPath, treeTrouble } from './tree-source.ts';

/** A directory of the tree that is being put together. */
export interface FolderNode {
  readonly mode: number;
  /** Ids of file objects, by name. */
  readonly files: Map<string, string>;
  readonly folders: Map<string, FolderNode>;
}

/** Something with content of its own, and where its id goes. */
export interface FoundFile {
  readonly node: FolderNode;
  readonly name: string;
  /** Absolute, on this machine. */
  readonly path: string;
  readonly stats: BigIntStats;
}

/** Whether something is no part of the tree, by its path below the folder; nothing below a folder that is none is looked at. */
export type LeaveOut = (path: string, isFolder: boolean) => boolean;

export const newFolder = (mode = 0o40755): FolderNode => ({ mode, files: new Map(), folders: new Map() });

export const modeOf = (stats: BigIntStats): number => Number(stats.mode & 0o177777n);

/** Names of what is in a directory; one that is not UTF-8 cannot be in a tree. */
function namesIn(folder: string): string[] {
  const names = readdirSync(folder);
  if (!names.some((name) => name.includes('\ufffd'))) return names;
  for (const name of readdirSync(folder, { encoding: 'buffer' }))
    if (!isUtf8(name))
      throw new CacheError(
        'BAD_TREE',
        `${shownPath(`${folder}/${name.toString('latin1')}`)} cannot be stored: its name is not UTF-8`,
        { hint: 'Rename it; an artifact has names in UTF-8 alone.' },
      );
  return names;
}

function kindOf(stats: BigIntStats): string {
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isBlockDevice() || stats.isCharacterDevice() ? 'a device' : 'of a kind that nobody knows';
}

function look(path: string): BigIntStats {
  try {
    return lstatSync(path, { bigint: true });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw changed(path); // it was listed
    throw treeTrouble(`look at ${shownPath(path)}`, cause);
  }
}

function list(folder: string): string[] {
  try {
    return namesIn(folder);
  } catch (cause) {
    throw treeTrouble(`read the folder ${shownPath(folder)}`, cause);
  }
}

/**
 * Goes through a folder, adds its directories to the node, and gives files and links as they are found: each directory is
 * read when somebody has come to it. Throws `BAD_TREE` for what no tree can hold.
 */
export function* scanFolder(
  folder: string,
  node: FolderNode,
  leaveOut: LeaveOut = () => false,
): Generator<FoundFile, void> {
  const open: { readonly folder: string; readonly node: FolderNode }[] = [{ folder, node }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const name of list(next.folder)) {
      const path = `${next.folder}/${name}`;
      const stats = look(path);
      if (leaveOut(path.slice(folder.length + 1), stats.isDirectory())) continue;
      if (stats.isDirectory()) {
        const child = newFolder(modeOf(stats));
        addFolder(next.node, name, child);
        open.push({ folder: path, node: child });
      } else if (stats.isFile() || stats.isSymbolicLink()) {
        yield { node: next.node, name, path, stats };
      } else {
        const hint = 'An artifact holds files, folders and symbolic links.';
        throw new CacheError('BAD_TREE', `${shownPath(path)} cannot be stored: it is ${kindOf(stats)}`, {
          hint,
        });
      }
    }
  }
}

/** Two sources may share a folder, and nothing else. */
function addFolder(parent: FolderNode, name: string, child: FolderNode): void {
  if (parent.files.has(name) || parent.folders.has(name)) throw twice(name);
  parent.folders.set(name, child);
}

/** Says where the id of a file goes, before it is known: no second source may put something there. */
export function claimFile({ node, name }: Pick<FoundFile, 'node' | 'name'>): void {
  if (node.files.has(name) || node.folders.has(name)) throw twice(name);
  node.files.set(name, '');
}

const twice = (name: string): CacheError =>
  new CacheError('BAD_TREE', `two parts of the tree have the name ${shownPath(name)} in one folder`);

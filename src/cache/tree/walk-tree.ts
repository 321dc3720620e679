import { CacheError } from '../error.ts';
import type { ObjectReader } from '../repository/repository.ts';
import { readFolder, readFolderMode, type TreeFolder } from './tree-reader.ts';
import { shownPath } from './tree-source.ts';

/** Something in a tree; a folder comes before what is in it. */
export type WalkedEntry =
  /** `mode`: the whole `st_mode`. The root has the path `''`. */
  | { readonly type: 'folder'; readonly path: string; readonly mode: number }
  | { readonly type: 'file'; readonly path: string; readonly file: string };

export interface TreeLimits {
  /** Folders in one another. @defaultValue 1024 */
  readonly maxDepth?: number;
  /** Files and folders in all: a small tree may name one folder many times over. @defaultValue 5,000,000 */
  readonly maxEntries?: number;
}

const MAX_DEPTH = 1024; // half of what a path of 4,096 bytes can have
const MAX_ENTRIES = 5_000_000;

/** Goes through a tree, depth first, names in the order of their bytes. Throws `TOO_LARGE` beyond the limits. */
export async function* walkTree(
  objects: ObjectReader,
  root: TreeFolder,
  { maxDepth = MAX_DEPTH, maxEntries = MAX_ENTRIES }: TreeLimits = {},
): AsyncGenerator<WalkedEntry, void> {
  const open: (TreeFolder & { readonly path: string; readonly depth: number })[] = [
    { ...root, path: '', depth: 0 },
  ];
  let count = 0;
  const add = (entries: number): void => {
    count += entries;
    if (count <= maxEntries) return;
    throw new CacheError('TOO_LARGE', `the tree has more than ${maxEntries} files and folders`);
  };
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, depth } = next;
    if (depth > maxDepth)
      throw new CacheError('TOO_LARGE', `folders are more than ${maxDepth} deep: ${shownPath(path)}`);
    const [mode, { files, directories }] = await Promise.all([
      readFolderMode(objects, next),
      readFolder(objects, next),
    ]);
    add(1 + files.length);
    yield { type: 'folder', path, mode };
    const prefix = path === '' ? '' : `${path}/`;
    for (const { name, file } of files) yield { type: 'file', path: prefix + name, file };
    for (const { name, dirtree, dirmeta } of directories.toReversed())
      open.push({ path: prefix + name, depth: depth + 1, dirtree, dirmeta });
  }
}

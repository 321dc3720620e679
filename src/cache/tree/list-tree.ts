import type { FileHeader } from '../ostree/index.ts';
import { findInTree, openTreeFile, readRoot, type TreeObjects } from './tree-reader.ts';
import { type TreeLimits, type WalkedEntry, walkTree } from './walk-tree.ts';

/** One line of a listing. */
export interface TreeEntry {
  /** From the root of the tree. */
  readonly path: string;
  readonly type: 'file' | 'folder' | 'link';
  /** The whole `st_mode`. */
  readonly mode: number;
  /** 0 for all but files. */
  readonly sizeBytes: number;
  /** Of a link. */
  readonly target?: string;
}

export interface ListTreeOptions extends TreeLimits {
  /** Only what is there and below it. @defaultValue all */
  readonly subpath?: string;
}

// Headers of so many files are read beside each other; each is the beginning of an object.
const AT_A_TIME = 16;

const entryOf = (path: string, { mode, sizeBytes, target }: FileHeader): TreeEntry => ({
  path,
  type: target === undefined ? 'file' : 'link',
  mode,
  sizeBytes,
  ...(target !== undefined && { target }),
});

async function fileEntry(objects: TreeObjects, path: string, id: string): Promise<TreeEntry> {
  await using file = await openTreeFile(objects, id);
  return entryOf(path, file.header);
}

const described = async (objects: TreeObjects, prefix: string, each: WalkedEntry): Promise<TreeEntry> => {
  const path = [prefix, each.path].filter((part) => part !== '').join('/');
  return each.type === 'folder'
    ? { path, type: 'folder', mode: each.mode, sizeBytes: 0 }
    : await fileEntry(objects, path, each.file);
};

/**
 * What is in a commit's tree, depth first, without its root. Sizes and modes of files are as their headers say; content is
 * not read. Throws `BAD_TREE` where `subpath` leads nowhere, `MISSING_OBJECT`, `CORRUPT_OBJECT`, `TOO_LARGE`.
 */
export async function* listTree(
  objects: TreeObjects,
  commit: string,
  { subpath = '', ...limits }: ListTreeOptions = {},
): AsyncGenerator<TreeEntry, void> {
  const found = await findInTree(objects, await readRoot(objects, commit), subpath);
  const prefix = subpath
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .join('/');
  if (found.type === 'file') {
    yield await fileEntry(objects, prefix, found.file);
    return;
  }
  let batch: WalkedEntry[] = [];
  const flush = async (): Promise<TreeEntry[]> => {
    const entries = batch;
    batch = [];
    return await Promise.all(entries.map((each) => described(objects, prefix, each)));
  };
  for await (const entry of walkTree(objects, found, limits)) {
    if (entry.path === '') continue;
    batch.push(entry);
    if (batch.length >= AT_A_TIME) yield* await flush();
  }
  yield* await flush();
}

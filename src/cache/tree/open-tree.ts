import type { DirTree } from '../ostree/index.ts';
import { checkedContent, type TreeFile } from './read-tree-file.ts';
import { openTreeFile, readFolder, readRoot, type TreeFolder, type TreeObjects } from './tree-reader.ts';

/** A commit's tree of which many files are read: each directory is read once. */
export interface OpenTree {
  /**
   * One file, its digest checked while it is read; `undefined` where the path leads to none. Links are no files, and are not
   * followed. Throws `MISSING_OBJECT`, `CORRUPT_OBJECT`. Any number may be open at a time.
   */
  open(path: string): Promise<TreeFile | undefined>;
}

/** A directory by its names. */
interface ReadDirectory {
  readonly files: ReadonlyMap<string, string>;
  readonly folders: ReadonlyMap<string, TreeFolder>;
}

const byName = ({ files, directories }: DirTree): ReadDirectory => ({
  files: new Map(files.map(({ name, file }) => [name, file])),
  folders: new Map(directories.map(({ name, ...folder }) => [name, folder])),
});

/** Reads the commit, and nothing else yet. Throws `MISSING_OBJECT`, `CORRUPT_OBJECT`. */
export async function openTree(objects: TreeObjects, commit: string): Promise<OpenTree> {
  const root = await readRoot(objects, commit);
  const directories = new Map<string, Promise<ReadDirectory>>();
  const read = (folder: TreeFolder): Promise<ReadDirectory> => {
    const reading = directories.get(folder.dirtree) ?? readFolder(objects, folder).then(byName);
    directories.set(folder.dirtree, reading);
    return reading;
  };
  const idOf = async (path: string): Promise<string | undefined> => {
    const names = path.split('/');
    const last = names.pop();
    let directory = await read(root);
    for (const name of names) {
      const folder = directory.folders.get(name);
      if (folder === undefined) return undefined;
      directory = await read(folder);
    }
    return last === undefined ? undefined : directory.files.get(last);
  };
  return {
    async open(path) {
      const id = await idOf(path);
      if (id === undefined) return undefined;
      const file = await openTreeFile(objects, id);
      const close = async (): Promise<void> => await file[Symbol.asyncDispose]();
      if (file.header.target === undefined)
        return { header: file.header, content: checkedContent(id, file), [Symbol.asyncDispose]: close };
      await close();
      return undefined;
    },
  };
}

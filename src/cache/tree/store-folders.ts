import { compareText, encodeDirMeta, encodeDirTree } from '../ostree/index.ts';
import type { Staging } from '../repository/repository.ts';
import type { FolderNode } from './scan-folder.ts';

interface StoredFolder {
  readonly dirtree: string;
  readonly dirmeta: string;
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  compareText(a.name, b.name);

/** Stores directories from the leaves up: each is a few hundred bytes, and most share one dirmeta. Gives the root, and how many there are. */
export async function storeFolders(
  staging: Staging,
  root: FolderNode,
  signal?: AbortSignal,
): Promise<StoredFolder & { readonly folders: number }> {
  let folders = 0;
  const dirmetas = new Map<number, string>();
  const dirmetaOf = async (mode: number): Promise<string> => {
    const known = dirmetas.get(mode);
    if (known !== undefined) return known;
    const bytes = encodeDirMeta({ uid: 0, gid: 0, mode, xattrs: [] });
    const { id } = await staging.addMetadata('dirmeta', bytes);
    dirmetas.set(mode, id);
    return id;
  };
  const store = async (node: FolderNode): Promise<StoredFolder> => {
    signal?.throwIfAborted();
    folders += 1;
    const directories: ({ name: string } & StoredFolder)[] = [];
    for (const [name, child] of node.folders) directories.push({ name, ...(await store(child)) });
    const files = Array.from(node.files, ([name, file]) => ({ name, file }));
    const bytes = encodeDirTree({ files: files.sort(byName), directories: directories.sort(byName) });
    const { id } = await staging.addMetadata('dirtree', bytes);
    return { dirtree: id, dirmeta: await dirmetaOf(node.mode) };
  };
  return { ...(await store(root)), folders };
}

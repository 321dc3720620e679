import { CacheError } from '../error.ts';
import {
  type DirTree,
  decodeCommit,
  decodeDirMeta,
  decodeDirTree,
  type FileHeader,
  type ObjectName,
  objectFileName,
  openFilez,
} from '../ostree/index.ts';
import type { ObjectReader, OpenObjectOptions, StoredBytes } from '../repository/repository.ts';
import { shownPath } from './tree-source.ts';

/** What trees are read from: a repository. */
export interface TreeObjects extends ObjectReader {
  open(name: ObjectName, options?: OpenObjectOptions): Promise<StoredBytes | undefined>;
}

/** A directory, as it is stored. */
export interface TreeFolder {
  readonly dirtree: string;
  readonly dirmeta: string;
}

const missing = (name: ObjectName): CacheError =>
  new CacheError('MISSING_OBJECT', `the object ${objectFileName(name)} is needed and is not there`, {
    hint: 'slipway cache fsck says what is damaged; slipway cache pull fetches it again.',
  });

async function readNeeded(objects: ObjectReader, name: ObjectName): Promise<Uint8Array> {
  const bytes = await objects.readMetadata(name);
  if (bytes === undefined) throw missing(name);
  return bytes;
}

/** Throws `MISSING_OBJECT`, `CORRUPT_OBJECT`. */
export const readFolder = async (objects: ObjectReader, { dirtree }: TreeFolder): Promise<DirTree> =>
  decodeDirTree(await readNeeded(objects, { id: dirtree, kind: 'dirtree' }));

/** The whole `st_mode`. */
export const readFolderMode = async (objects: ObjectReader, { dirmeta }: TreeFolder): Promise<number> =>
  decodeDirMeta(await readNeeded(objects, { id: dirmeta, kind: 'dirmeta' })).mode;

export const readRoot = async (objects: ObjectReader, commit: string): Promise<TreeFolder> =>
  decodeCommit(await readNeeded(objects, { id: commit, kind: 'commit' }));

/** A file or link that is open; its content is not checked yet. */
export async function openTreeFile(
  objects: TreeObjects,
  id: string,
): Promise<{ readonly header: FileHeader; readonly content: AsyncIterable<Buffer> } & AsyncDisposable> {
  const name: ObjectName = { id, kind: 'filez' };
  const stored = await objects.open(name, { smallAtOnce: true });
  if (stored === undefined) throw missing(name);
  return await openFilez(stored);
}

/** What a path of a tree leads to. */
export type FoundInTree =
  | ({ readonly type: 'folder' } & TreeFolder)
  | { readonly type: 'file'; readonly file: string };

/**
 * Follows a path of names with `/` between them; links are not followed. Throws `BAD_TREE` where nothing is there, with
 * what is there instead.
 */
export async function findInTree(
  objects: ObjectReader,
  root: TreeFolder,
  path: string,
): Promise<FoundInTree> {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  let found: FoundInTree = { type: 'folder', ...root };
  for (const [index, name] of names.entries()) {
    const before = names.slice(0, index).join('/');
    if (found.type === 'file')
      throw new CacheError('BAD_TREE', `${shownPath(before)} is a file of the artifact, and no folder`);
    const { files, directories }: DirTree = await readFolder(objects, found);
    const folder = directories.find((each) => each.name === name);
    const file = files.find((each) => each.name === name);
    if (folder !== undefined) found = { type: 'folder', dirtree: folder.dirtree, dirmeta: folder.dirmeta };
    else if (file !== undefined) found = { type: 'file', file: file.file };
    else throw notThere(path, before, [...directories, ...files]);
  }
  return found;
}

const SHOWN_NAMES = 10;

function notThere(path: string, folder: string, there: readonly { readonly name: string }[]): CacheError {
  const names = there.slice(0, SHOWN_NAMES).map(({ name }) => shownPath(name));
  const more = there.length > SHOWN_NAMES ? `, and ${there.length - SHOWN_NAMES} more` : '';
  const where = folder === '' ? 'It' : shownPath(folder);
  return new CacheError('BAD_TREE', `there is no ${shownPath(path)} in the artifact`, {
    hint: names.length === 0 ? `${where} is empty.` : `${where} has ${names.join(', ')}${more}.`,
  });
}

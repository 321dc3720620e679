import { type BigIntStats, statSync } from 'node:fs';
import { CacheError } from '../error.ts';
import { encodeCommit, type FileHeader } from '../ostree/index.ts';
import type { Staging } from '../repository/repository.ts';
import { atMost } from './at-most.ts';
import { type FileCache, openFileCache } from './file-cache.ts';
import { openSourceFile, readLinkTarget } from './read-source-file.ts';
import {
  claimFile,
  type FolderNode,
  type FoundFile,
  type LeaveOut,
  modeOf,
  newFolder,
  scanFolder,
} from './scan-folder.ts';
import { createFileStore, type FileStore, PIECE_BYTES } from './store-file.ts';
import { storeFolders } from './store-folders.ts';
import { shownPath, type TreeSource, treeTrouble } from './tree-source.ts';

// Two cores compress; the others of these read, hash and write meanwhile. Each has a block or two in memory.
const AT_A_TIME = 8;

export interface CommitTreeOptions {
  /** Of the commit: for an artifact its ref. */
  readonly subject: string;
  /** @defaultValue '' */
  readonly body?: string;
  /** @defaultValue now */
  readonly timestampSeconds?: number;
  /** A folder where it is noted which files have which content, so that the next commit of the same folder does not read them. */
  readonly notesFolder?: string;
  /** Milliseconds since the epoch. @defaultValue the machine's clock */
  readonly now?: () => number;
  readonly signal?: AbortSignal;
}

export interface CommittedTree {
  /** Its id. */
  readonly commit: string;
  readonly files: number;
  readonly folders: number;
  /** Of all files, as they were read. */
  readonly sizeBytes: number;
  /** Files whose content was not there yet. */
  readonly newFiles: number;
}

interface Work {
  readonly store: FileStore;
  /** Opens what was noted of a folder; absent: nothing is. */
  readonly notes?: (folder: string) => Promise<FileCache>;
  readonly signal?: AbortSignal;
  readonly sums: { files: number; sizeBytes: number };
}

/**
 * Makes a commit of folders and files in a staging, which its caller publishes. As BuildStream has it: everything belongs to
 * user and group 0, modes and links are kept, times are not. Extended attributes are left out: Node cannot read them. The
 * same files give the same tree.
 *
 * Throws `BAD_TREE` for pipes, sockets, devices, names that are not UTF-8, what cannot be read, and what changes meanwhile;
 * what the staging throws; the signal's reason.
 */
export async function commitTree(
  staging: Staging,
  sources: readonly TreeSource[],
  options: CommitTreeOptions,
): Promise<CommittedTree> {
  const { signal, subject, body = '', now = Date.now, notesFolder } = options;
  const work: Work = {
    store: createFileStore(staging),
    sums: { files: 0, sizeBytes: 0 },
    ...(notesFolder !== undefined && { notes: (folder) => openFileCache(notesFolder, folder, now()) }),
    ...(signal !== undefined && { signal }),
  };
  let root = newFolder();
  for (const source of sources) root = await addSource(work, root, source);
  const { folders, ...tree } = await storeFolders(staging, root, signal);
  const { id } = await staging.addMetadata(
    'commit',
    encodeCommit({
      subject,
      body,
      timestampSeconds: options.timestampSeconds ?? Math.floor(now() / 1000),
      ...tree,
      metadata: new Uint8Array(),
      related: new Uint8Array(),
    }),
  );
  return { commit: id, ...work.sums, folders, newFiles: work.store.made };
}

const isName = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && !name.includes('\0');

/** The folder of a path, made where it is not there yet. */
function folderAt(root: FolderNode, names: readonly string[]): FolderNode {
  let node = root;
  for (const name of names) {
    const next = node.folders.get(name) ?? newFolder();
    if (node.files.has(name))
      throw new CacheError('BAD_TREE', `${shownPath(names.join('/'))} is a file of the tree already`);
    node.folders.set(name, next);
    node = next;
  }
  return node;
}

/** Adds a source. Gives the root again, which is another one where the source is it. */
async function addSource(work: Work, root: FolderNode, source: TreeSource): Promise<FolderNode> {
  const names = source.path === '' ? [] : source.path.split('/');
  if (!names.every(isName))
    throw new CacheError('BAD_TREE', `"${shownPath(source.path)}" is no path of a tree`);
  const name = names.at(-1);
  if ('folder' in source) return await addFolderSource(work, root, { ...source, names });
  if (name === undefined) throw new CacheError('BAD_TREE', 'the root of a tree is a folder, and no file');
  const node = folderAt(root, names.slice(0, -1));
  claimFile({ node, name });
  if ('file' in source) {
    const stats = statOf(source.file);
    if (!stats.isFile()) throw new CacheError('BAD_TREE', `${shownPath(source.file)} is no file`);
    await addFile(work, undefined, { node, name, path: source.file, stats }, true);
  } else {
    const content = Buffer.from(source.content);
    const mode = 0o100000 | (source.mode ?? 0o644);
    const header = headerOf(mode, content.length);
    node.files.set(name, await work.store.store({ header, content, path: source.path }));
    count(work, content.length);
  }
  return root;
}

interface FolderSource {
  readonly names: readonly string[];
  readonly folder: string;
  readonly leaveOut?: LeaveOut;
}

async function addFolderSource(
  work: Work,
  root: FolderNode,
  { names, folder, leaveOut }: FolderSource,
): Promise<FolderNode> {
  const stats = statOf(folder);
  if (!stats.isDirectory()) throw new CacheError('BAD_TREE', `${shownPath(folder)} is no folder`);
  const parent = names.length === 0 ? undefined : folderAt(root, names.slice(0, -1));
  const before = parent === undefined ? root : parent.folders.get(names.at(-1) ?? '');
  const node: FolderNode = { ...(before ?? newFolder()), mode: modeOf(stats) };
  parent?.folders.set(names.at(-1) ?? '', node);
  const cache = await work.notes?.(folder);
  await atMost(AT_A_TIME, scanFolder(folder, node, leaveOut), async (found) => {
    claimFile(found);
    await addFile(work, cache, found, false);
  });
  await cache?.save();
  return parent === undefined ? node : root;
}

function statOf(path: string): BigIntStats {
  try {
    return statSync(path, { bigint: true });
  } catch (cause) {
    throw treeTrouble(`look at ${shownPath(path)}`, cause);
  }
}

function count({ sums }: Work, sizeBytes: number): void {
  sums.files += 1;
  sums.sizeBytes += sizeBytes;
}

const headerOf = (mode: number, sizeBytes: number, target?: string): FileHeader => ({
  sizeBytes,
  uid: 0,
  gid: 0,
  mode,
  xattrs: [],
  ...(target !== undefined && { target }),
});

async function addFile(
  work: Work,
  cache: FileCache | undefined,
  found: FoundFile,
  isFollowed: boolean,
): Promise<void> {
  const { node, name, path, stats } = found;
  work.signal?.throwIfAborted();
  count(work, stats.isSymbolicLink() ? 0 : Number(stats.size));
  if (stats.isSymbolicLink()) {
    const header = headerOf(0o120777, 0, readLinkTarget(path));
    node.files.set(name, await work.store.store({ header, content: Buffer.alloc(0), path }));
    return;
  }
  const noted = cache?.idOf(stats);
  if (noted !== undefined && (await work.store.has(noted))) {
    node.files.set(name, noted);
    cache?.note(stats, noted);
    return;
  }
  const id = await storeContent(work, { path, stats, isFollowed });
  node.files.set(name, id);
  cache?.note(stats, id);
}

interface FileContent {
  readonly path: string;
  readonly stats: BigIntStats;
  readonly isFollowed: boolean;
}

async function storeContent(work: Work, { path, stats, isFollowed }: FileContent): Promise<string> {
  using file = openSourceFile(path, stats, { isFollowed });
  const header = headerOf(modeOf(stats), file.sizeBytes);
  file.check();
  const isLarge = file.sizeBytes > PIECE_BYTES;
  const content = isLarge ? file : file.read(0, file.sizeBytes);
  if (!isLarge) file.check();
  const id = await work.store.store({ header, content, path });
  if (isLarge) file.check();
  return id;
}

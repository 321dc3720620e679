import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { CacheError } from '../error.ts';
import type { FileHeader } from '../ostree/index.ts';
import { atMost } from './at-most.ts';
import { checkedContent, type TreeFile } from './read-tree-file.ts';
import { openFreshFolder } from './take-place.ts';
import { findInTree, openTreeFile, readRoot, type TreeObjects } from './tree-reader.ts';
import { shownPath, treeTrouble } from './tree-source.ts';
import { type TreeLimits, walkTree } from './walk-tree.ts';

// Two cores unpack; the others of these wait for a disk meanwhile.
const AT_A_TIME = 8;

// Up to here a file is whole in memory and checked before it is written, in four system calls.
const SMALL_BYTES = 256 * 1024;

// A file of the tree is new in a folder that is ours: nothing may be there, and no link is followed.
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export interface CheckoutOptions extends TreeLimits {
  /** Only what is below this folder of the tree. @defaultValue the whole tree */
  readonly subpath?: string;
  /** Replaces what is in the target. @defaultValue false */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

export interface CheckedOut {
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  readonly sizeBytes: number;
}

interface Work {
  readonly objects: TreeObjects;
  /** That is filled. */
  readonly folder: string;
  readonly sums: { files: number; folders: number; links: number; sizeBytes: number };
  /** Set when everything is written: a folder may be one that nobody may write to. */
  readonly modes: [path: string, mode: number][];
  readonly signal?: AbortSignal;
}

// A program that runs as whoever owns its file would run as whoever checked a stranger's artifact out.
const FILE_BITS = 0o777;
const FOLDER_BITS = 0o1777;

/**
 * Writes the tree of a commit to a folder, which is there whole and checked, or as it was. Modes and links are as they
 * are in the tree, but for the set-user-id and set-group-id bits, which are left out; owners and attributes are not
 * restored. No link is ever followed on the way.
 *
 * Throws `BAD_TREE` where the target is not empty or cannot be written, or `subpath` is no folder; `MISSING_OBJECT`,
 * `CORRUPT_OBJECT`, `TOO_LARGE`, `NO_SPACE`; the signal's reason.
 */
export async function checkoutTree(
  objects: TreeObjects,
  commit: string,
  target: string,
  options: CheckoutOptions = {},
): Promise<CheckedOut> {
  const { subpath = '', force = false, signal, ...limits } = options;
  const root = await findInTree(objects, await readRoot(objects, commit), subpath);
  if (root.type === 'file') {
    const hint = `slipway cache show REF ${shownPath(subpath)} prints it.`;
    throw new CacheError('BAD_TREE', `${shownPath(subpath)} is a file of the artifact, and no folder`, {
      hint,
    });
  }
  await using fresh = await openFreshFolder(target, force);
  const work: Work = {
    objects,
    folder: fresh.path,
    sums: { files: 0, folders: 0, links: 0, sizeBytes: 0 },
    modes: [],
    ...(signal !== undefined && { signal }),
  };
  await atMost(AT_A_TIME, walkTree(objects, root, limits), async (entry) => {
    signal?.throwIfAborted();
    if (entry.type === 'folder') makeFolder(work, entry.path, entry.mode);
    else await makeFile(work, entry.path, entry.file);
  });
  for (const [path, mode] of work.modes.toReversed()) onPath(path, () => chmodSync(path, mode));
  await fresh.takePlace();
  return work.sums;
}

function onPath<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw treeTrouble(`write ${shownPath(path)}`, cause);
  }
}

function makeFolder(work: Work, path: string, mode: number): void {
  const whole = `${work.folder}/${path}`;
  if (path !== '') onPath(whole, () => mkdirSync(whole, 0o700));
  work.modes.push([whole, mode & FOLDER_BITS]);
  work.sums.folders += 1;
}

async function makeFile(work: Work, path: string, id: string): Promise<void> {
  await using file = await openTreeFile(work.objects, id);
  const { header } = file;
  const whole = `${work.folder}/${path}`;
  const checked = { header, content: checkedContent(id, file) };
  if (header.target !== undefined) await makeLink(work, whole, checked);
  else if (header.sizeBytes <= SMALL_BYTES) await writeSmall(whole, checked);
  else await writeLarge(work, whole, checked);
  if (header.target !== undefined) work.sums.links += 1;
  else work.sums.files += 1;
  work.sums.sizeBytes += header.sizeBytes;
}

type Content = Pick<TreeFile, 'header' | 'content'>;

async function collect(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(piece);
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

async function makeLink(work: Work, path: string, { header, content }: Content): Promise<void> {
  await collect(content); // there is none, but the digest has to be right
  const { target = '' } = header;
  onPath(path, () => symlinkSync(target, path));
  work.signal?.throwIfAborted();
}

const permissions = ({ mode }: FileHeader): number => mode & FILE_BITS;

async function writeSmall(path: string, { header, content }: Content): Promise<void> {
  const bytes = await collect(content);
  onPath(path, () => {
    const descriptor = openSync(path, FLAGS, 0o600);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      fchmodSync(descriptor, permissions(header)); // whatever the umask is
    } finally {
      closeSync(descriptor);
    }
  });
}

async function writeLarge(work: Work, path: string, { header, content }: Content): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, FLAGS, 0o600);
    for await (const piece of content) {
      for (let at = 0; at < piece.length; ) at += (await handle.write(piece, at)).bytesWritten;
      work.signal?.throwIfAborted();
    }
    await handle.chmod(permissions(header));
  } catch (cause) {
    if (work.signal?.aborted) throw work.signal.reason;
    throw treeTrouble(`write ${shownPath(path)}`, cause);
  } finally {
    await handle?.close();
  }
}

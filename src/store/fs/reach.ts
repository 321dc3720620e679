import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { StoreError } from '../error.ts';
import { errorCode, unless } from './fs-error.ts';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** A folder of a store that stays the same one while it is held, whatever is done to the names that lead to it. */
export interface HeldFolder extends AsyncDisposable {
  /** A path of what has this name in it, for calls of `node:fs` that do not follow a link at its end. */
  path(name: string): string;
  /** Puts on the disk which names are in it. */
  sync(): Promise<void>;
}

const onLinux = process.platform === 'linux';

/** Something is in the way that is no folder, or a link. */
const NO_FOLDER = ['ENOTDIR', 'ELOOP'];
/** Opening it does not lead to a file: nothing, or nothing that could be an object. */
const NO_FILE = [...NO_FOLDER, 'ENOENT', 'ENXIO', 'ENAMETOOLONG'];

/** Opens a plain file below the root for reading; `undefined` where there is none, or a link leads to it. */
export async function openPlainFile(root: string, key: string): Promise<FileHandle | undefined> {
  const path = join(root, key);
  // NONBLOCK: a pipe without a writer would be waited for.
  const file = await unless(NO_FILE, open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (file === undefined) return undefined;
  try {
    if ((await isReached(file, root, path)) && (await file.stat()).isFile()) return file;
  } catch (cause) {
    await file.close();
    throw cause;
  }
  await file.close();
  return undefined;
}

/** Holds a folder at or below the root; `undefined` where there is none, or a link leads to it. */
export async function holdFolder(root: string, path: string): Promise<HeldFolder | undefined> {
  const folder = await unless(['ENOENT', ...NO_FOLDER], open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  if (folder === undefined) return undefined;
  if (!(await isReached(folder, root, path))) {
    await folder.close();
    return undefined;
  }
  const held = onLinux ? `/proc/self/fd/${folder.fd}` : path;
  return {
    path: (name) => `${held}/${name}`,
    sync: () => folder.sync(),
    [Symbol.asyncDispose]: () => folder.close(),
  };
}

/**
 * Holds a folder at or below the root, making it (0700) and those above it where they are missing. Throws `CONFLICT`
 * where something else is in the way, and `NO_STORE` where the root is gone.
 */
export async function makeFolder(root: string, path: string): Promise<HeldFolder> {
  for (;;) {
    const found = await holdFolder(root, path);
    if (found !== undefined) return found;
    if (path === root) throw new StoreError('NO_STORE', `the folder ${root} is not there any more`);
    await using above = await makeFolder(root, dirname(path));
    const name = path.slice(dirname(path).length + 1);
    if (await makeIn(above, name)) await above.sync();
    else await refuseInTheWay(above, name, relative(root, path));
  }
}

/** Whether it was made; where it was not, it is there, or was a moment ago. */
async function makeIn(above: HeldFolder, name: string): Promise<boolean> {
  try {
    await mkdir(above.path(name), 0o700);
    return true;
  } catch (cause) {
    // ENOENT: the folder above was removed while it was held, and is looked for again.
    if (errorCode(cause) === 'EEXIST' || errorCode(cause) === 'ENOENT') return false;
    throw cause;
  }
}

async function refuseInTheWay(above: HeldFolder, name: string, key: string): Promise<void> {
  const found = await unless(['ENOENT'], lstat(above.path(name)));
  if (found === undefined || found.isDirectory()) return;
  const what = found.isFile() ? 'an object' : found.isSymbolicLink() ? 'a link' : 'neither file nor folder';
  throw new StoreError('CONFLICT', `nothing can be stored below ${key}, which is ${what}`);
}

/** Whether an open file is the one that its path names without any link on the way. */
async function isReached(file: FileHandle, root: string, path: string): Promise<boolean> {
  if (!onLinux) return await isFreeOfLinks(root, dirname(path));
  const found = await readlink(`/proc/self/fd/${file.fd}`);
  return found === path || found === `${path} (deleted)`;
}

/** What is there to be had without `/proc`: names looked at one after the other, each of which may change meanwhile. */
async function isFreeOfLinks(root: string, path: string): Promise<boolean> {
  if (path.length < root.length) return true;
  const found = await unless(NO_FILE, lstat(path));
  return found?.isDirectory() === true && (path === root || (await isFreeOfLinks(root, dirname(path))));
}

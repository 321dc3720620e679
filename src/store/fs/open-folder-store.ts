import { lstat, mkdir, open, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreError } from '../error.ts';
import { OWN_PART } from '../key.ts';
import type { FolderLocation } from '../location.ts';
import type { ObjectStore } from '../store.ts';
import { FACTS } from './facts.ts';
import type { Folder } from './folder.ts';
import { createFolderStore } from './folder-store.ts';
import { errorCode, fsError, unless } from './fs-error.ts';
import { createRoom } from './room.ts';
import { removeDeadTemporaries } from './temporary.ts';

export interface FolderStoreOptions {
  /** The time, in milliseconds since the epoch. @defaultValue `Date.now` */
  readonly now?: () => number;
}

/**
 * Opens a folder as a store, makes it (0700) where it is missing, and removes what killed processes left half written. One
 * that may only be read is opened for that. Throws `StoreError`.
 */
export async function openFolderStore(
  location: FolderLocation,
  options: FolderStoreOptions = {},
): Promise<ObjectStore> {
  try {
    const folder = await openFolder(location, options.now ?? Date.now);
    return createFolderStore(folder);
  } catch (cause) {
    if (['ENOTDIR', 'EEXIST', 'ELOOP'].includes(errorCode(cause) ?? '')) {
      throw new StoreError('NO_STORE', `${location.folder} is no folder that could be a store`, { cause });
    }
    throw fsError('open the folder', location.folder, cause);
  }
}

async function openFolder({ folder, keepFreeBytes = 0 }: FolderLocation, now: () => number): Promise<Folder> {
  const isWritable = await makeFolders(folder);
  // Its own path may lead through links: whoever names a store may put it where they like.
  const root = await realpath(folder);
  if (!(await stat(root)).isDirectory()) throw new StoreError('NO_STORE', `${folder} is no folder`);
  const opened: Folder = {
    root,
    temporary: join(root, OWN_PART, 'tmp'),
    facts: join(root, FACTS),
    isWritable,
    sign: isWritable ? join(root, OWN_PART, 'tmp') : root,
    room: createRoom(root, keepFreeBytes),
    now,
  };
  if (isWritable) await removeDeadTemporaries(opened);
  return opened;
}

/** Whether they are there, and no links; they need not be where nothing may be written. */
async function makeFolders(folder: string): Promise<boolean> {
  const own = join(folder, OWN_PART);
  for (const path of [folder, own, join(own, 'tmp'), join(own, 'meta')]) {
    const made = await unless(['EROFS', 'EACCES', 'EPERM'], makeFolder(path));
    if (made === undefined) return false;
    if (path !== folder && !(await lstat(path)).isDirectory()) {
      throw new StoreError('NO_STORE', `${path} is a link, and nothing is stored through one`);
    }
  }
  return true;
}

/** Makes a folder and those above it, and puts on the disk that they are there. */
async function makeFolder(path: string): Promise<true> {
  const first = await firstMade(path);
  if (first === undefined) return true;
  for (let made = path; ; made = dirname(made)) {
    await using above = await open(dirname(made));
    await above.sync();
    if (made === first) return true;
  }
}

/** The outermost folder that had to be made; `undefined` where it was there. */
async function firstMade(path: string): Promise<string | undefined> {
  try {
    await mkdir(path, { mode: 0o700 });
    return path;
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return undefined;
    // Only here: on a disk that may only be read `recursive` says ENOENT, whatever the reason.
    if (errorCode(cause) === 'ENOENT') return await mkdir(path, { recursive: true, mode: 0o700 });
    throw cause;
  }
}

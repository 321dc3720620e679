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
  const refusal = await makeFolders(folder);
  const isWritable = refusal === undefined;
  // Its own path may lead through links: whoever names a store may put it where they like.
  const root = await realpath(folder).catch((cause: unknown) => {
    throw refusal?.cause ?? cause; // why it is not there says more
  });
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

/** What the system has against it, where nothing may be written; they need not be there then. */
interface Refusal {
  readonly cause: unknown;
}

/** Makes the store's folders, where they are missing. */
async function makeFolders(folder: string): Promise<Refusal | undefined> {
  const own = join(folder, OWN_PART);
  for (const path of [folder, own, join(own, 'tmp'), join(own, 'meta')]) {
    try {
      await makeFolder(path);
    } catch (cause) {
      if (['EROFS', 'EACCES', 'EPERM'].includes(errorCode(cause) ?? '')) return { cause };
      throw cause;
    }
    if (path !== folder && !(await lstat(path)).isDirectory()) {
      throw new StoreError('NO_STORE', `${path} is a link, and nothing is stored through one`);
    }
  }
  return undefined;
}

/**
 * Makes a folder and those above it, and puts on the disk that they are there. Node's own way to make all of them never ends
 * where the system says of a folder that is there that nothing can be in it, as that of `/proc` does.
 */
async function makeFolder(path: string): Promise<void> {
  const isMade = await unless(['ENOENT'], make(path));
  if (isMade === undefined) {
    if (path === dirname(path)) return;
    await makeFolder(dirname(path));
    await make(path);
  }
  if (isMade === false) return;
  await using above = await open(dirname(path));
  await above.sync();
}

/** Whether it was made; else something was there. */
async function make(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return false;
    throw cause;
  }
}

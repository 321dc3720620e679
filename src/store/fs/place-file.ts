import type { BigIntStats } from 'node:fs';
import { link, lstat, open, rename, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StoreError } from '../error.ts';
import { identityOf, readFacts, removeFacts } from './facts.ts';
import type { Folder } from './folder.ts';
import { errorCode, unless } from './fs-error.ts';
import { makeFolder } from './reach.ts';
import { removeEmptyFolders, takeFile } from './take-file.ts';

/** Where a file is to go. */
export interface Place {
  readonly key: string;
  /** Only where nothing is there. */
  readonly ifAbsent: boolean;
}

// Each try that does not succeed had somebody else change the very same place between two calls.
const TRIES = 100;

export const exists = (folder: Folder, key: string): StoreError =>
  new StoreError('EXISTS', `${key} is in the folder ${folder.root} already`);

/**
 * Makes a file that is on the disk the object of a key, in one step, and puts that on the disk. Throws `EXISTS`, `CONFLICT`
 * or `NO_STORE`, and then there is nothing new.
 */
export async function placeFile(folder: Folder, path: string, place: Place): Promise<void> {
  try {
    for (let left = TRIES; left > 0; left -= 1) {
      if (await tryPlace(folder, path, place)) return;
    }
  } catch (cause) {
    await removeEmptyFolders(folder.root, dirname(join(folder.root, place.key)));
    throw cause;
  }
  const message = `${place.key} could not be given its place in the folder ${folder.root}: others change it without pause`;
  throw new StoreError('UNAVAILABLE', message);
}

/** Whether it is there now; where it is not, what was in the way is gone. */
async function tryPlace(folder: Folder, path: string, { key, ifAbsent }: Place): Promise<boolean> {
  const target = join(folder.root, key);
  await using above = await makeFolder(folder.root, dirname(target));
  const name = basename(target);
  const before = await unless(['ENOENT'], lstat(above.path(name), { bigint: true }));
  if (before?.isDirectory()) return await removeFolder(above.path(name), key);
  try {
    if (ifAbsent) await link(path, above.path(name));
    else await rename(path, above.path(name));
  } catch (cause) {
    const code = errorCode(cause);
    if (code === 'EISDIR' || code === 'ENOTEMPTY') return false; // made this moment
    if (code === 'ENOENT' && (await unless(['ENOENT'], lstat(path)))) return false; // the folder above was removed
    if (code !== 'EEXIST') throw cause;
    if (before === undefined) return false; // came this moment
    await clearExpired(folder, key, {
      stats: before,
      take: () => takeFile(folder, above, name, identityOf(before)),
    });
    return false;
  }
  await Promise.all([above.sync(), syncFolder(folder.facts)]);
  // Where the file has a second name that somebody gave it by hand, it is still known under that.
  if (before?.isFile() && before.nlink === 1n) await removeFacts(folder, identityOf(before));
  return true;
}

/** A folder without any object in it is nothing; one that has some refuses the key. */
async function removeFolder(path: string, key: string): Promise<false> {
  const isGone = await rmdir(path).then(
    () => true,
    (cause: unknown) => errorCode(cause) === 'ENOENT',
  );
  if (isGone) return false;
  throw new StoreError('CONFLICT', `${key} cannot be stored: there are objects below it`);
}

interface Found {
  readonly stats: BigIntStats;
  readonly take: () => Promise<unknown>;
}

/** Removes an expired object from the place that a new one is to have, and refuses everything else that is there. */
async function clearExpired(folder: Folder, key: string, { stats, take }: Found): Promise<void> {
  if (!stats.isFile()) throw new StoreError('CONFLICT', `${key} cannot be stored: a link or device is there`);
  const facts = await readFacts(folder, identityOf(stats), key);
  if ((facts?.expiresAt ?? Number.POSITIVE_INFINITY) > folder.now()) {
    throw exists(folder, key);
  }
  await take();
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path);
  await folder.sync();
}

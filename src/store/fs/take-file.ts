import type { BigIntStats } from 'node:fs';
import { link, lstat, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type Facts, identityOf, readAnyFacts, removeFacts } from './facts.ts';
import type { Folder } from './folder.ts';
import { errorCode, unless } from './fs-error.ts';
import { type HeldFolder, holdFolder } from './reach.ts';
import { temporaryPath } from './temporary.ts';

/** What was known of a file that was taken away; `undefined` in it where nothing was. */
export interface TakenFile {
  readonly facts: Facts | undefined;
}

/**
 * Removes a file from its place, and what is known of it. It is moved away first, which is one step, and looked at then: what
 * is removed is what was seen, and not what somebody put in its place meanwhile. With `only`, an identity, another file is put
 * back. `undefined`: there was none.
 */
export async function takeFile(
  folder: Folder,
  above: HeldFolder,
  name: string,
  only?: string,
): Promise<TakenFile | undefined> {
  const path = above.path(name);
  const seen = await unless(['ENOENT'], lstat(path, { bigint: true }));
  if (!seen?.isFile() || (only !== undefined && identityOf(seen) !== only)) return undefined;
  const taken = temporaryPath(folder);
  if (!(await isMoved(path, taken))) return undefined;
  const stats = await lstat(taken, { bigint: true });
  if (!stats.isFile() || (only !== undefined && identityOf(stats) !== only)) {
    await putBack(taken, path, stats);
    return undefined;
  }
  await above.sync();
  const facts = await readAnyFacts(folder, identityOf(stats));
  if (stats.nlink === 1n) await removeFacts(folder, identityOf(stats));
  await rm(taken, { force: true });
  return { facts };
}

async function isMoved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return false;
    throw cause;
  }
}

async function putBack(taken: string, path: string, stats: BigIntStats): Promise<void> {
  if (!stats.isFile()) return await rename(taken, path);
  await unless(['EEXIST'], link(taken, path)); // a third one is there by now, and is the newest
  await rm(taken);
}

/** Removes the folder, and those above it up to the root, as far as nothing is in them. */
export async function removeEmptyFolders(root: string, path: string): Promise<void> {
  if (path === root) return;
  await using above = await holdFolder(root, dirname(path));
  if (above === undefined) return;
  try {
    await rmdir(above.path(basename(path)));
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') return; // it has something in it, or is none: all of those above have, too
  }
  await removeEmptyFolders(root, dirname(path));
}

import { lstat, opendir, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Facts, identityOf, readAnyFacts, removeFacts } from './facts.ts';
import { type Folder, requireStore } from './folder.ts';
import { unless } from './fs-error.ts';
import { holdFolder } from './reach.ts';
import { removeEmptyFolders, takeFile } from './take-file.ts';

/** Whether there was one that had not expired. */
export async function removeObject(folder: Folder, key: string): Promise<boolean> {
  const path = join(folder.root, key);
  await using above = await holdFolder(folder.root, dirname(path));
  const taken = above && (await takeFile(folder, above, basename(path)));
  if (taken === undefined) return false;
  await removeEmptyFolders(folder.root, dirname(path));
  const expiresAt = taken.facts?.key === key ? taken.facts.expiresAt : undefined;
  return (expiresAt ?? Number.POSITIVE_INFINITY) > folder.now();
}

interface Expiring {
  readonly prefix?: string;
  readonly now: number;
  readonly signal?: AbortSignal;
}

/**
 * Removes what has expired, and what is known of files that are not there any more: a killed process, or somebody with
 * `rm`, left it.
 */
export async function removeExpired(folder: Folder, options: Expiring): Promise<string[]> {
  const { prefix = '', now, signal } = options;
  const removed: string[] = [];
  const all = await unless(['ENOENT'], opendir(folder.facts));
  if (all === undefined) await requireStore(folder);
  for await (const { name: identity } of all ?? []) {
    signal?.throwIfAborted();
    const facts = await readAnyFacts(folder, identity);
    const expiring = (facts?.expiresAt ?? Number.POSITIVE_INFINITY) <= now ? facts : undefined;
    const isWanted = expiring?.key.startsWith(prefix) === true;
    if (isWanted && (await removeIfSame(folder, expiring.key, identity))) removed.push(expiring.key);
    else if (await isStray(folder, identity, facts)) await removeFacts(folder, identity);
  }
  return removed;
}

async function removeIfSame(folder: Folder, key: string, identity: string): Promise<boolean> {
  const path = join(folder.root, key);
  await using above = await holdFolder(folder.root, dirname(path));
  if (above === undefined) return false;
  if ((await takeFile(folder, above, basename(path), identity)) === undefined) return false;
  await removeEmptyFolders(folder.root, dirname(path));
  return true;
}

/** Whether what is known of a file belongs to none. It is written before its object is there, and that takes its place meanwhile. */
async function isStray(folder: Folder, identity: string, facts: Facts | undefined): Promise<boolean> {
  if (facts !== undefined && (await isThere(folder, facts.key, identity))) return false;
  if (await isBeingWritten(folder, identity)) return false;
  const again = await readAnyFacts(folder, identity); // whole by now, if its object is there
  return again === undefined || !(await isThere(folder, again.key, identity));
}

async function isThere(folder: Folder, key: string, identity: string): Promise<boolean> {
  const path = join(folder.root, key);
  await using above = await holdFolder(folder.root, dirname(path));
  const stats = above && (await unless(['ENOENT'], lstat(above.path(basename(path)), { bigint: true })));
  return stats !== undefined && identityOf(stats) === identity;
}

async function isBeingWritten(folder: Folder, identity: string): Promise<boolean> {
  for (const name of await readdir(folder.temporary)) {
    const stats = await unless(['ENOENT'], lstat(join(folder.temporary, name), { bigint: true }));
    if (stats !== undefined && identityOf(stats) === identity) return true;
  }
  return false;
}

import { readdir, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unless } from '../../kernel/index.ts';
import { removeTree } from './remove-tree.ts';

/** One folder of a cache. Beside it are its lock while it is used, and a mark when it is to go. */
export interface Instance {
  /** Absolute. */
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly usedAt: number;
  readonly isPurged: boolean;
}

const LOCK = '.lock';
const PURGE = '.purge';
/** Names of instances have no dots: those of what is beside them have. */
const NAME = /^[\w-]+$/;

export const lockOf = (folder: string): string => folder + LOCK;

/** Those of one cache, the last used first. */
export async function listInstances(cacheFolder: string): Promise<Instance[]> {
  const names = new Set(await unless(['ENOENT'], readdir(cacheFolder)));
  const found = await Promise.all(
    [...names]
      .filter((name) => NAME.test(name))
      .map((name) => lookAt(cacheFolder, name, names.has(name + PURGE))),
  );
  return found.filter((instance) => instance !== undefined).toSorted((a, b) => b.usedAt - a.usedAt);
}

async function lookAt(cacheFolder: string, name: string, isPurged: boolean): Promise<Instance | undefined> {
  const folder = join(cacheFolder, name);
  const facts = await unless(['ENOENT'], stat(folder));
  if (!facts?.isDirectory()) return undefined;
  // File systems that do not know it say 0.
  const createdAt = facts.birthtimeMs || facts.ctimeMs;
  return { folder, createdAt, usedAt: facts.mtimeMs, isPurged };
}

/** Never given to a task again; removed by the next collection. */
export async function markPurged(folder: string): Promise<void> {
  await writeFile(folder + PURGE, '', { mode: 0o600 });
}

/** Removes one whose lock is held, and its mark; the cache's own folder goes with the last of it. */
export async function removeInstance(cacheFolder: string, folder: string): Promise<void> {
  await removeTree(folder);
  await rm(folder + PURGE, { force: true });
  await rm(lockOf(folder), { force: true });
  await unless(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(cacheFolder));
}

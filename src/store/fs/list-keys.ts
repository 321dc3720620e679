import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareKeys, isKey, OWN_PART } from '../key.ts';
import type { Folder } from './folder.ts';
import { holdFolder } from './reach.ts';

export interface KeysWanted {
  readonly prefix: string;
  readonly after: string | undefined;
}

/**
 * The keys of files in the order of their bytes. Only folders that can hold one of them are read, and each only when it is
 * come to. Links are not followed, and what is no key is left out.
 */
export async function* listKeys(folder: Folder, wanted: KeysWanted): AsyncGenerator<string, void, undefined> {
  const start = wanted.prefix.slice(0, wanted.prefix.lastIndexOf('/') + 1);
  if (start === '' || isKey(start.slice(0, -1))) yield* keysBelow(folder, start, wanted);
}

/** `start` is empty, or ends at a slash. */
async function* keysBelow(
  folder: Folder,
  start: string,
  wanted: KeysWanted,
): AsyncGenerator<string, void, undefined> {
  for (const name of await namesIn(folder, start)) {
    const key = start + name;
    if (!isWanted(key, wanted)) continue;
    if (key.endsWith('/')) yield* keysBelow(folder, key, wanted);
    else yield key;
  }
}

/** The names of files, and those of folders with a slash: that is where they come among the others. */
async function namesIn(folder: Folder, start: string): Promise<string[]> {
  await using held = await holdFolder(folder.root, join(folder.root, start.slice(0, -1)));
  if (held === undefined) return [];
  return (await readdir(held.path(''), { withFileTypes: true }))
    .filter((entry) => isPartOfKeys(start, entry))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort(compareKeys);
}

const isPartOfKeys = (start: string, entry: Dirent): boolean =>
  (entry.isFile() || (entry.isDirectory() && !(start === '' && entry.name === OWN_PART))) &&
  isKey(start + entry.name);

/** Whether it is, or, where it ends at a slash, whether there can be below it, a key that is wanted. */
function isWanted(key: string, { prefix, after }: KeysWanted): boolean {
  if (!key.startsWith(prefix)) return false;
  if (after === undefined || compareKeys(key, after) > 0) return true;
  return key.endsWith('/') && after.startsWith(key);
}

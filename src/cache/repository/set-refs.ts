import { renameSync } from 'node:fs';
import { lstat, readdir, realpath, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CacheError } from '../error.ts';
import { ABSENT, errorCode, fileTrouble, unless } from './file-trouble.ts';
import { isFolder, makeFolders, syncPath } from './folders.ts';
import type { Layout } from './layout.ts';
import { stamp, timeOf } from './ref-folders.ts';
import { writeSynced } from './replace-file.ts';
import type { Ref } from './repository.ts';

/** A ref that was set, and when its folder was changed last, before and after that. */
export interface SetRef extends Ref {
  /** Below `refs/heads`; '' for that itself. */
  readonly folder: string;
  readonly before: number | undefined;
  readonly after: number;
}

/**
 * Sets refs, each in one step, and waits until the disk has them. Under the lock. Throws `INVALID_REF` where one would be a
 * folder of another, and then none is set.
 */
export async function setRefs(layout: Layout, refs: readonly Ref[]): Promise<readonly SetRef[]> {
  await requireRoom(layout, refs);
  try {
    // All of them are on the disk before the first one is seen: what can go wrong has gone wrong by then.
    for (const [index, { commit }] of refs.entries()) await writeSynced(newRef(layout, index), `${commit}\n`);
    const set: SetRef[] = [];
    const changed = new Set<string>();
    for (const [index, ref] of refs.entries()) {
      for (const folder of await prepare(layout, ref)) changed.add(folder);
      set.push(place(layout, ref, newRef(layout, index)));
    }
    for (const folder of changed) await syncPath(folder);
    return set;
  } catch (cause) {
    throw fileTrouble('set refs in', layout.heads, cause);
  }
}

const newRef = ({ own }: Layout, index: number): string => join(own, `ref-${index}.new`);

/** Makes the folders of a ref; gives those in which names change. */
async function prepare({ heads }: Layout, { ref }: Ref): Promise<readonly string[]> {
  const path = join(heads, ref);
  const made = await makeFolders(dirname(path));
  if (await isFolder(path)) await removeEmptyTree(path);
  return [dirname(path), ...made.map((folder) => dirname(folder))];
}

/**
 * Sets a ref between two looks at its folder, in microseconds: who finds the first time again knows that nobody else
 * changed anything, and need not read the thousands of refs that may be beside it.
 */
function place({ heads }: Layout, { ref, commit }: Ref, file: string): SetRef {
  const folder = dirname(ref) === '.' ? '' : dirname(ref);
  const path = join(heads, folder);
  const before = timeOf(path);
  renameSync(file, join(heads, ref));
  return { ref, commit, folder, before, after: stamp(path, timeOf(path) ?? 0) };
}

/** Refuses a ref that is a folder of another, here or among those to be set. */
async function requireRoom({ heads }: Layout, refs: readonly Ref[]): Promise<void> {
  const names = new Set(refs.map(({ ref }) => ref));
  for (const ref of names) {
    for (let above = dirname(ref); above !== '.'; above = dirname(above)) {
      const isRef = names.has(above) || (await isFile(join(heads, above)));
      if (isRef) throw refuse(ref, `${above} is a ref, and nothing can be below one`);
    }
    const path = join(heads, ref);
    if ((await isFolder(path)) && (await hasRefs(path))) throw refuse(ref, 'there are refs below it');
  }
}

const refuse = (ref: string, why: string): CacheError =>
  new CacheError('INVALID_REF', `The ref ${ref} cannot be set: ${why}`);

async function isFile(path: string): Promise<boolean> {
  const found = await unless(ABSENT, lstat(path));
  return found !== undefined && !found.isDirectory();
}

async function hasRefs(folder: string): Promise<boolean> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || (await hasRefs(join(folder, entry.name)))) return true;
  }
  return false;
}

async function removeEmptyTree(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await removeEmptyTree(join(folder, name));
  await rmdir(folder);
}

/** Removes refs that are there, and folders that are empty then; gives those that were there. Under the lock. */
export async function removeRefFiles({ heads }: Layout, refs: readonly string[]): Promise<readonly string[]> {
  const removed: string[] = [];
  try {
    for (const ref of refs) {
      const path = join(heads, ref);
      // Nothing is removed behind a link: that is not of this repository.
      const folder = await unless([...ABSENT, 'ELOOP'], realpath(dirname(path)));
      const found = folder === dirname(path) ? await unless(ABSENT, lstat(path)) : undefined;
      if (found === undefined || found.isDirectory()) continue;
      await unlink(path);
      removed.push(ref);
      await syncPath(await removeEmptyFolders(heads, dirname(path)));
    }
  } catch (cause) {
    throw fileTrouble('remove refs from', heads, cause);
  }
  return removed;
}

/** Gives the innermost folder that is left. */
async function removeEmptyFolders(heads: string, folder: string): Promise<string> {
  if (folder === heads) return folder;
  try {
    await rmdir(folder);
  } catch (cause) {
    if (errorCode(cause) === 'ENOTEMPTY' || errorCode(cause) === 'EEXIST') return folder;
    throw cause;
  }
  return await removeEmptyFolders(heads, dirname(folder));
}

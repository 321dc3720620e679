import { lstatSync, unlinkSync } from 'node:fs';
import { open, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type ObjectName, objectPath } from '../ostree/object-name.ts';
import { ABSENT, fileTrouble, NO_FILE, unless } from './file-trouble.ts';
import { AT_ONCE, listFolder } from './list-folder.ts';
import type { ObjectArea } from './object-area.ts';
import { tooLarge } from './object-trouble.ts';
import { openStored } from './open-stored.ts';
import { placeInFolder } from './place-in-folder.ts';
import { READ_FLAGS, readSmall } from './read-small.ts';
import { renewFile } from './renew-file.ts';

/** A use within this time of the last one is not noted. */
const TOUCH_MS = 60_000;

/** What takes more room takes the disk a while to let go of: on a thread. */
const LARGE_BYTES = 1024 * 1024;

/** The objects in the folder of a repository. */
export function openFolderObjects(root: string): ObjectArea {
  const pathOf = (name: ObjectName): string => `${root}/${objectPath(name)}`; // what is joined is looked through each time
  return {
    sizeOf: async (name) => await about('look at', pathOf(name), async () => sizeAt(pathOf(name))),
    missingOf: async (names) =>
      await about('look into', join(root, 'objects'), async () => await missingOf(names, pathOf)),
    open: async (name, options) =>
      await about('open', pathOf(name), async () => await openStored(pathOf(name), options)),
    read: async (name, maxBytes) =>
      await about('read', pathOf(name), async () => await readWhole(pathOf(name), { name, maxBytes })),
    place: async (objects) =>
      await about('store objects in', root, async () => await placeInFolder(root, objects)),
    list: () => listFolder(join(root, 'objects')),
    remove: async (names, { usedBefore = Number.POSITIVE_INFINITY } = {}) =>
      await about('remove objects of', root, async () => await removeAll(names.map(pathOf), usedBefore)),
    renew: async (names) =>
      await about('renew objects of', root, async () => {
        for (const [index, name] of names.entries()) {
          if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
          renewFile(pathOf(name));
        }
      }),
    touch: async (name) => await about('touch', pathOf(name), async () => await touch(pathOf(name))),
    async [Symbol.asyncDispose]() {},
  };
}

async function about<T>(attempt: string, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw fileTrouble(attempt, path, cause);
  }
}

/** Two microseconds where the system has it in memory; a thread for each would take ten times that. */
function sizeAt(path: string): number | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? found.size : undefined;
}

async function missingOf(
  names: readonly ObjectName[],
  pathOf: (name: ObjectName) => string,
): Promise<readonly ObjectName[]> {
  const missing: ObjectName[] = [];
  for (const [index, name] of names.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
    if (sizeAt(pathOf(name)) === undefined) missing.push(name);
  }
  return missing;
}

interface Whole {
  readonly name: ObjectName;
  readonly maxBytes: number;
}

async function readWhole(path: string, { name, maxBytes }: Whole): Promise<Uint8Array | undefined> {
  const small = readSmall(path);
  if (small !== 'large') {
    if (small !== undefined && small.length > maxBytes) throw tooLarge(name, small.length, maxBytes);
    return small;
  }
  const file = await unless(NO_FILE, open(path, READ_FLAGS));
  if (file === undefined) return undefined;
  await using _ = file;
  const stats = await file.stat();
  if (!stats.isFile()) return undefined;
  if (stats.size > maxBytes) throw tooLarge(name, stats.size, maxBytes);
  return await file.readFile();
}

async function removeAll(paths: readonly string[], usedBefore: number): Promise<number> {
  let removed = 0;
  for (const [index, path] of paths.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
    if (await removeOne(path, usedBefore)) removed += 1;
  }
  return removed;
}

/** As good as nothing is between the look and the end of a small one: who counts on it has renewed it before, or finds it gone. */
async function removeOne(path: string, usedBefore: number): Promise<boolean> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.mtimeMs >= usedBefore) return false;
  const remove = async (): Promise<void> =>
    found.size > LARGE_BYTES ? await unlink(path) : unlinkSync(path);
  return (
    (await unless(
      ABSENT,
      remove().then(() => true),
    )) === true
  );
}

async function touch(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const now = Date.now();
  if (found?.isFile() !== true || now - found.mtimeMs < TOUCH_MS) return;
  // Who may only read cannot say that it was used.
  await unless([...ABSENT, 'EACCES', 'EPERM', 'EROFS'], utimes(path, now / 1000, now / 1000));
}

import { linkSync, lstatSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { objectPath } from '../ostree/object-name.ts';
import { errorCode } from './file-trouble.ts';
import { makeFolders } from './folders.ts';
import { AT_ONCE } from './list-folder.ts';
import type { Placed, StagedObject } from './object-area.ts';
import { syncDisk } from './sync-disk.ts';

/** A file system that knows no second names of a file. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EXDEV'];

/** Gives files their second names as objects, and waits until the disk has them. */
export async function placeInFolder(root: string, objects: readonly StagedObject[]): Promise<Placed> {
  const placed: string[] = [];
  let newBytes = 0;
  for (const [index, { name, path, sizeBytes }] of objects.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
    const target = join(root, objectPath(name));
    if (!(await placeOne(path, target))) continue;
    placed.push(target);
    newBytes += sizeBytes;
  }
  // Also where nothing is new: another process may have placed them a moment ago, and not be done with its own sync.
  if (objects.length > 0) await syncDisk(root, () => pathsOf(placed));
  return { newObjects: placed.length, newBytes };
}

function* pathsOf(placed: readonly string[]): Generator<string> {
  yield* placed;
  yield* new Set(placed.flatMap((path) => [dirname(path), dirname(dirname(path))]));
}

/** Whether it was not there. A link in one step never takes the place of anything. */
async function placeOne(path: string, target: string): Promise<boolean> {
  for (;;) {
    try {
      linkSync(path, target);
      return true;
    } catch (cause) {
      const code = errorCode(cause) ?? '';
      if (code === 'EEXIST') return false;
      if (NO_LINKS.includes(code)) return renameOne(path, target);
      if (code !== 'ENOENT' || lstatSync(path, { throwIfNoEntry: false }) === undefined) throw cause;
      await makeFolders(dirname(target));
    }
  }
}

/** Whoever names the same object at the same time has the same bytes, which were checked. */
function renameOne(path: string, target: string): boolean {
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) return false;
  renameSync(path, target);
  return true;
}

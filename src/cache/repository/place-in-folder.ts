import { linkSync, lstatSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { objectPath } from '../ostree/object-name.ts';
import { errorCode } from './file-trouble.ts';
import { makeFolders } from './folders.ts';
import { AT_ONCE } from './list-folder.ts';
import type { Placed, StagedObject } from './object-area.ts';
import { renewFile } from './renew-file.ts';
import { syncDisk } from './sync-disk.ts';

/** A file system that knows no second names of a file. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EXDEV'];

/**
 * Gives files their second names as objects. The disk has what is in them before they have these names: after a power cut
 * an object may be missing, and none is empty. Then it waits until the disk has the names.
 */
export async function placeInFolder(root: string, objects: readonly StagedObject[]): Promise<Placed> {
  if (objects.length === 0) return { newObjects: 0, newBytes: 0 };
  await syncDisk(root, () => objects.map(({ path }) => path));
  const placed: string[] = [];
  let newBytes = 0;
  for (const [index, object] of objects.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
    const target = `${root}/${objectPath(object.name)}`;
    if (!(await placeOne(object, target))) continue;
    placed.push(target);
    newBytes += object.sizeBytes;
  }
  // Also where nothing is new: another process may have placed them a moment ago, and not be done with its own sync.
  await syncDisk(root, () => foldersOf(placed));
  return { newObjects: placed.length, newBytes };
}

const foldersOf = (placed: readonly string[]): Set<string> =>
  new Set(placed.flatMap((path) => [dirname(path), dirname(dirname(path))]));

/**
 * Whether it was not there; it is an object of this moment in any case, for who prunes beside. A link in one step never
 * takes the place of anything.
 */
async function placeOne({ path, modifiedAt }: StagedObject, target: string): Promise<boolean> {
  for (;;) {
    try {
      renewFile(path, modifiedAt); // one that was kept of a push that was cut may be a day old
      linkSync(path, target);
      return true;
    } catch (cause) {
      const code = errorCode(cause) ?? '';
      if (code === 'EEXIST') {
        renewFile(target);
        return false;
      }
      if (NO_LINKS.includes(code)) return renameOne(path, target);
      if (code !== 'ENOENT') throw cause;
      // One that was kept of a push that was cut: another push has published it this moment, and let go of it.
      if (!isThere(path) && isThere(target)) return false;
      if (!isThere(path)) throw cause;
      await makeFolders(dirname(target));
    }
  }
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** Whoever names the same object at the same time has the same bytes, which were checked. */
function renameOne(path: string, target: string): boolean {
  if (isThere(target)) return false;
  renameSync(path, target);
  return true;
}

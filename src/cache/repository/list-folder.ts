import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseObjectFileName } from '../ostree/object-name.ts';
import { ABSENT, fileTrouble, unless } from './file-trouble.ts';
import type { ListedObject } from './repository.ts';

/** How many files are looked at before others of this process get their turn: less than a millisecond. */
export const AT_ONCE = 200;

/** Every object below `objects/`; what is no object of its place is passed over. */
export async function* listFolder(objects: string): AsyncGenerator<ListedObject> {
  try {
    for (const first of (await readdir(objects)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
      for (const [index, rest] of ((await unless(ABSENT, readdir(join(objects, first)))) ?? []).entries()) {
        if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
        const name = parseObjectFileName(`${first}${rest}`);
        const found = name && lstatSync(join(objects, first, rest), { throwIfNoEntry: false });
        if (name === undefined || found?.isFile() !== true) continue;
        yield { name, sizeBytes: found.size, modifiedAt: found.mtimeMs };
      }
    }
  } catch (cause) {
    throw fileTrouble('list the objects in', objects, cause);
  }
}

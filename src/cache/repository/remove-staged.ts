import { unlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { errorCode } from './file-trouble.ts';
import { AT_ONCE } from './list-folder.ts';
import type { StagedObject } from './object-area.ts';

/** A name less is 10 µs; a thread for each would cost several times that, and `rmSync` looks at each one first. */
export async function removeStaged(objects: readonly StagedObject[]): Promise<void> {
  for (const [index, { path }] of objects.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
    removeOne(path);
  }
}

function removeOne(path: string): void {
  try {
    unlinkSync(path);
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw cause; // another push of the same has published it, and let go of it
  }
}

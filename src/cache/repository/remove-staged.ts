import { rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { AT_ONCE } from './list-folder.ts';
import type { StagedObject } from './object-area.ts';

/** A name less is 10 µs; a thread for each would cost several times that. */
export async function removeStaged(objects: readonly StagedObject[]): Promise<void> {
  for (const [index, { path }] of objects.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
    rmSync(path, { force: true });
  }
}

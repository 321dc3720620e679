import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unless } from '../../kernel/index.ts';
import { type LeftRun, runFolder } from '../garbage/leftovers.ts';

/**
 * Says on the disk which runs this process has, until the queue knows how they ended: the process that comes after one that was
 * killed, or that could not reach its server any more, gives them back.
 *
 * @param folder - of the process's runs
 */
export async function markRuns(folder: string, runs: readonly LeftRun[]): Promise<void> {
  await Promise.all(runs.map((run) => mkdir(join(folder, runFolder(run)), { recursive: true })));
}

/** Its folder is empty by then; what could not be removed of it is left to who comes after. */
export async function unmarkRun(folder: string, run: LeftRun): Promise<void> {
  await unless(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(join(folder, runFolder(run))));
}

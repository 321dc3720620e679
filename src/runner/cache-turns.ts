import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isGone } from '../kernel/index.ts';
import { ownerOfTemporary, type WorkingFolder } from './working-folder.ts';

/**
 * Several runs may share one cache, in this process and in others: one reads it file by file while another replaces it
 * as a whole. Each says so by a file in its own temporary folder and then looks for the other's, so one of the two
 * always sees the other; what a process that is gone left does not count.
 */
const READING = 'reads-cache';
const REPLACING = 'replaces-cache';

const RETRY_MS = 20;
const PATIENCE_MS = 60_000; // filling a box with a large cache takes some seconds

/** Another run kept the cache busy for longer than anybody should have to wait. */
export class CacheBusyError extends Error {
  constructor() {
    super('another run in this working folder did not stop reading it');
    this.name = 'CacheBusyError';
  }
}

/** Hands on what is read from the cache, which is not replaced meanwhile. */
export async function* whileReadingCache<T>(
  folder: WorkingFolder,
  chunks: AsyncIterable<T>,
): AsyncGenerator<T> {
  const own = await takeTurn(folder, READING, [REPLACING]);
  try {
    yield* chunks;
  } finally {
    await rm(own, { force: true });
  }
}

/** Does what replaces the cache while no run reads it and no other replaces it. Keep it short: readers wait. */
export async function whileReplacingCache(
  folder: WorkingFolder,
  replace: () => Promise<void>,
): Promise<void> {
  const own = await takeTurn(folder, REPLACING, [READING, REPLACING]);
  try {
    await replace();
  } finally {
    await rm(own, { force: true });
  }
}

/** The file that says so; it is there only while the turn is looked for or taken, so that nobody waits for a waiter. */
async function takeTurn(folder: WorkingFolder, mark: string, against: readonly string[]): Promise<string> {
  const own = join(folder.temporary, mark);
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; ) {
    await writeFile(own, '');
    if (!(await isMarked(folder, against))) return own;
    await rm(own, { force: true });
    await wait(RETRY_MS * (0.5 + Math.random())); // two that meet do not meet again and again
  }
  throw new CacheBusyError();
}

async function isMarked(folder: WorkingFolder, marks: readonly string[]): Promise<boolean> {
  const all = join(folder.temporary, '..');
  const others = (await readdir(all)).filter(
    (name) => name !== basename(folder.temporary) && !isGone(ownerOfTemporary(name)),
  );
  return others.some((name) => marks.some((mark) => existsSync(join(all, name, mark))));
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readStoredSize } from '../health/stored-size.ts';
import type { Repository } from '../repository/repository.ts';

/** How much a repository holds; absent what is not known without looking through all of it. */
export interface RepositorySize {
  readonly refs: number;
  /** Not counted where objects are in a store. */
  readonly objects?: number;
  /** As it was counted last, with what came since. Absent: nobody has counted yet. */
  readonly bytes?: number;
  /** Absent: as much as the disk has. */
  readonly quotaBytes?: number;
}

// A million objects are 256 folders of 4,000 names: half a second of a disk that has to look.
const COUNT_EVERY_MS = 5 * 60_000;
// Whoever asks first waits so long for it; later ones are told what was counted last.
const FIRST_COUNT_MS = 1000;

/** Says how large a repository is, for who asks every few seconds. `now`: any clock, in milliseconds. */
export function repositorySizes(repository: Repository, now: () => number): () => Promise<RepositorySize> {
  const objects = repository.settings.objects === undefined ? counted(repository.folder, now) : undefined;
  const { quotaBytes } = repository.settings;
  return async () => {
    const [refs, bytes, count] = await Promise.all([
      repository.listRefs(),
      readStoredSize(repository.folder),
      objects?.(),
    ]);
    return {
      refs: refs.length,
      ...(bytes !== undefined && { bytes }),
      ...(count !== undefined && { objects: count }),
      ...(quotaBytes !== undefined && { quotaBytes }),
    };
  };
}

/** The last count; one that is old is made anew meanwhile. */
function counted(folder: string, now: () => number): () => Promise<number | undefined> {
  let last: number | undefined;
  let begunAt = Number.NEGATIVE_INFINITY;
  let counting: Promise<void> = Promise.resolve();
  return async () => {
    if (now() - begunAt >= COUNT_EVERY_MS) {
      begunAt = now();
      counting = countObjects(folder).then(
        (found) => {
          last = found;
        },
        () => undefined, // a folder that cannot be read: what was counted last still stands
      );
    }
    if (last === undefined) await within(counting, FIRST_COUNT_MS);
    return last;
  };
}

async function countObjects(folder: string): Promise<number> {
  let count = 0;
  for (const start of await readdir(join(folder, 'objects'))) {
    if (/^[0-9a-f]{2}$/.test(start)) count += (await readdir(join(folder, 'objects', start))).length;
  }
  return count;
}

async function within(work: Promise<void>, timeoutMs: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

import { CacheError } from '../error.ts';
import { type ObjectName, objectFileName, verifyObject } from '../ostree/index.ts';
import type { Repository } from '../repository/repository.ts';
import type { Inventory, KnownObject } from './inventory.ts';

/** An object that is not what its name says. */
export interface DamagedObject {
  readonly name: ObjectName;
  readonly problem: string;
}

export interface CheckProgress {
  readonly objects: number;
  readonly totalObjects: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** As many as zlib's threads; more would only wait. */
const AT_A_TIME = 4;

/** Why an object is damaged; `undefined` where it is sound, or not there any more. */
export async function findDamage(repository: Repository, name: ObjectName): Promise<string | undefined> {
  const stored = await repository.open(name);
  if (stored === undefined) {
    // A store may have lost what is noted here.
    return (await repository.sizeOf(name)) === undefined
      ? undefined
      : 'it is not where it was stored any more';
  }
  await using _ = stored;
  try {
    const { sizeBytes } = stored;
    const maxBytes = Number.MAX_SAFE_INTEGER; // it is here already; digest and header say how large it may be
    for await (const _piece of verifyObject(name, stored, { sizeBytes, maxBytes }));
    return undefined;
  } catch (error) {
    if (error instanceof CacheError && (error.code === 'CORRUPT_OBJECT' || error.code === 'TOO_LARGE'))
      return error.message;
    throw error;
  }
}

export interface CheckObjectsOptions {
  readonly onProgress?: (progress: CheckProgress) => void;
  readonly signal?: AbortSignal;
}

/** Reads every object and checks its digest and its format. */
export async function checkObjects(
  repository: Repository,
  inventory: Inventory,
  { onProgress, signal }: CheckObjectsOptions,
): Promise<readonly DamagedObject[]> {
  const damaged: DamagedObject[] = [];
  const queue = inventory.values();
  const totalObjects = inventory.size;
  let totalBytes = 0;
  for (const { sizeBytes } of inventory.values()) totalBytes += sizeBytes;
  let [objects, bytes] = [0, 0];
  const check = async ({ name, sizeBytes }: KnownObject) => {
    const problem = await findDamage(repository, name);
    if (problem !== undefined) damaged.push({ name, problem });
    objects += 1;
    bytes += sizeBytes;
    onProgress?.({ objects, totalObjects, bytes, totalBytes });
  };
  const work = async () => {
    // All workers take from one iterator: each object goes to one of them.
    for (const object of queue) {
      signal?.throwIfAborted();
      await check(object);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return damaged.sort((a, b) => (objectFileName(a.name) < objectFileName(b.name) ? -1 : 1));
}

import { openRepository } from '../repository/open-repository.ts';
import type { Staging } from '../repository/repository.ts';
import { stayedRefs, stayedText } from '../repository/stayed-refs.ts';
import type { SessionOutcome, SessionWork } from './session.ts';
import { missingObject, type StoredObject, storedObjects } from './stored-objects.ts';

const AT_ONCE = 4; // each is unpacked and hashed on a thread of its own, and there are no more

/**
 * Puts an artifact into a repository on this machine, each object checked on the way. Throws what its `Staging` does,
 * `NO_REPOSITORY`, `MISSING_OBJECT`, and `signal.reason`.
 */
export async function pushIntoFolder(
  folder: string,
  { repository, refs, objects: reachable, onPlanned, onSent, onSaid }: SessionWork,
  signal: AbortSignal,
): Promise<SessionOutcome> {
  await using there = await openRepository(folder);
  const named = await Promise.all(refs.map(async ({ ref }) => await there.readRef(ref)));
  const kept = refs.filter(({ commit }, i) => named[i] === commit);
  const moved = refs.filter((ref) => !kept.includes(ref));
  if (moved.length === 0) return { moved, kept, objects: 0, sentObjects: 0, sentBytes: 0 };
  const names = await reachable;
  await using staging = await there.openStaging({ resumable: true });
  const objects = await storedObjects(repository, await staging.missingOf(names));
  const sentBytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  onPlanned({ objects: objects.length, bytes: sentBytes });
  const left = [...objects].reverse();
  const add = async (): Promise<void> => {
    try {
      for (let object = left.pop(); object !== undefined; object = left.pop()) {
        signal.throwIfAborted();
        await addOne(staging, repository, object);
        onSent({ objects: 1, bytes: object.sizeBytes });
      }
    } finally {
      left.length = 0; // one that failed keeps the others from going on
    }
  };
  const adding = Array.from({ length: AT_ONCE }, add);
  // The staging is not disposed before nobody writes to it.
  await Promise.allSettled(adding);
  await Promise.all(adding);
  const published = await staging.publish(moved, { signal });
  for (const ref of await stayedRefs(there, published.kept)) onSaid(stayedText(ref));
  return { moved, kept, objects: names.length, sentObjects: objects.length, sentBytes };
}

async function addOne(
  staging: Staging,
  repository: SessionWork['repository'],
  { name, sizeBytes }: StoredObject,
): Promise<void> {
  await using bytes = await repository.open(name);
  if (bytes === undefined) throw missingObject(repository, name);
  await staging.add(name, bytes, { sizeBytes });
}

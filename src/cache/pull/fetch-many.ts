import { type ObjectName, objectPath } from '../ostree/object-name.ts';
import { claimedTogether } from './claims.ts';
import type { Fetching } from './fetch-context.ts';
import { takeObject, WHOLE_BYTES } from './fetch-object.ts';
import type { CameFile } from './remote-files.ts';

/** Fewer are there as soon one by one. */
const MANY = 64;

/** Fetches objects in the fastest way that there is, and gives those that it did not bring: they may be here all the same. Throws as `fetchObject`. */
export async function fetchMany(
  fetching: Fetching,
  names: readonly ObjectName[],
): Promise<readonly ObjectName[]> {
  const { files, signal } = fetching;
  if (names.length < MANY || files.fetchMany === undefined) return names;
  const left = new Map(names.map((name) => [objectPath(name), name]));
  await claimedTogether(fetching, names, async (own) => {
    const take = async (path: string, file: CameFile): Promise<void> => {
      const name = left.get(path);
      if (name === undefined) return; // never: only what was asked for is taken
      await takeObject(fetching, name, file);
      left.delete(path);
    };
    await files.fetchMany?.(own.map(objectPath), { signal, wholeBytes: WHOLE_BYTES, take });
    return own.every((name) => !left.has(objectPath(name)));
  });
  return [...left.values()];
}

import { type ObjectName, objectFileName } from '../ostree/index.ts';
import type { ObjectReader, Repository } from '../repository/repository.ts';
import { childrenOf } from './children.ts';
import type { Inventory } from './inventory.ts';

/** Which objects are there and sound, and which of them are known to be whole with all below them. */
export interface SoundObjects {
  readonly inventory: Inventory;
  /** File names. */
  readonly damaged: ReadonlySet<string>;
  /** Trees and commits, by file names: grows while it is used, so that shared ones are followed once. */
  readonly whole: Set<string>;
}

const AT_A_TIME = 8;

/** What gaps are looked for in. */
export type Searched = ObjectReader & Pick<Repository, 'sizeOf'>;

/** The first object below a commit that is missing or damaged; `undefined` where it is complete. */
export async function findGap(
  reader: Searched,
  sound: SoundObjects,
  commit: string,
): Promise<string | undefined> {
  const met = new Set<string>();
  let level: ObjectName[] = [{ id: commit, kind: 'commit' }];
  while (level.length > 0) {
    const next: ObjectName[] = [];
    for (const name of level) {
      const problem = await problemOf(reader, sound, name);
      if (problem !== undefined) return problem;
    }
    const parents = level.filter((name) => isNew(name, met, sound.whole));
    for (let at = 0; at < parents.length; at += AT_A_TIME) {
      const batch = parents.slice(at, at + AT_A_TIME);
      for (const children of await Promise.all(batch.map((name) => neededOf(reader, name))))
        next.push(...children);
    }
    level = next;
  }
  for (const key of met) sound.whole.add(key);
  return undefined;
}

async function problemOf(
  reader: Searched,
  { inventory, damaged }: SoundObjects,
  name: ObjectName,
): Promise<string | undefined> {
  const key = objectFileName(name);
  if (damaged.has(key)) return `${key} is damaged`;
  // What came since everything was listed was checked when it came.
  const isThere = inventory.has(key) || (await reader.sizeOf(name)) !== undefined;
  return isThere ? undefined : `${key} is missing`;
}

/** Whether it has to be followed; notes that it was. */
function isNew(name: ObjectName, met: Set<string>, whole: ReadonlySet<string>): boolean {
  const key = objectFileName(name);
  if ((name.kind !== 'commit' && name.kind !== 'dirtree') || met.has(key) || whole.has(key)) return false;
  met.add(key);
  return true;
}

/** It was there and sound a moment ago; what somebody removed since has nothing below it. */
async function neededOf(reader: ObjectReader, name: ObjectName): Promise<readonly ObjectName[]> {
  const bytes = await reader.readMetadata(name);
  return bytes === undefined ? [] : childrenOf(name, bytes).needed;
}

import { type ObjectName, objectFileName } from '../ostree/index.ts';
import type { ListedObject, Repository } from '../repository/repository.ts';

/** An object that is there. */
export interface KnownObject extends ListedObject {
  /** Whether something that stays needs it. All that it names itself is needed as well then. */
  isNeeded: boolean;
}

/** Everything that is in a repository, by the file names of objects. */
export type Inventory = Map<string, KnownObject>;

/** Lists all objects: some microseconds for each. */
export async function takeInventory(
  repository: Pick<Repository, 'listObjects'>,
  signal?: AbortSignal,
): Promise<Inventory> {
  const inventory: Inventory = new Map();
  for await (const object of repository.listObjects()) {
    signal?.throwIfAborted();
    inventory.set(objectFileName(object.name), { ...object, isNeeded: false });
  }
  return inventory;
}

export const findObject = (inventory: Inventory, name: ObjectName): KnownObject | undefined =>
  inventory.get(objectFileName(name));

/** What objects take together as they are stored. */
export function bytesOf(objects: Iterable<{ readonly sizeBytes: number }>): number {
  let bytes = 0;
  for (const { sizeBytes } of objects) bytes += sizeBytes;
  return bytes;
}

import { CacheError } from '../error.ts';
import { letGoOfKept } from './kept-objects.ts';
import type { ReceivingParts } from './repository-parts.ts';
import type { Room } from './room.ts';

export interface Reserving {
  readonly parts: Pick<ReceivingParts, 'layout' | 'quota'>;
  /** The folder of the staging that asks. */
  readonly own: string;
  /** Files that it counts on; asked only where there is no room. */
  readonly counted: () => readonly string[];
}

/**
 * Room on the disk for an object. Where the disk is full of what may go, that goes: first what others left of theirs, then,
 * where the repository has a quota, what was not used for longest. Throws `CacheError`.
 */
export async function reserveRoom(
  room: Room,
  sizeBytes: number,
  { parts: { layout, quota }, own, counted }: Reserving,
): Promise<Disposable> {
  const letGo = async (): Promise<unknown> => await letGoOfKept(layout, { own, staysAt: new Set(counted()) });
  const makeRoom = async (): Promise<unknown> => await quota?.makeRoom({ neededBytes: sizeBytes });
  for (const makeWay of [letGo, makeRoom]) {
    try {
      return await room.reserve(sizeBytes);
    } catch (cause) {
      if (!(cause instanceof CacheError)) throw cause;
      await makeWay();
    }
  }
  return await room.reserve(sizeBytes);
}

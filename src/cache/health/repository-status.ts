import type { Repository } from '../repository/repository.ts';
import { bytesOf } from './inventory.ts';
import { DEFAULT_GRACE_MS } from './make-room.ts';
import { readPins } from './pins.ts';
import { type IncompleteRef, planRemoval } from './plan-removal.ts';

/** How much there is. */
export interface RepositoryStatus {
  readonly refs: number;
  readonly objects: number;
  readonly bytes: number;
  /** What `prune` would free now, without letting go of a ref. */
  readonly unneededObjects: number;
  readonly unneededBytes: number;
  /** Pinned refs; those that are not there any more as well. */
  readonly pinned: readonly string[];
  readonly incomplete: readonly IncompleteRef[];
  /** When a ref was used last, and when the one that was not used for longest: milliseconds since the epoch. Absent: no refs. */
  readonly lastUsedAt?: number;
  readonly leastUsedAt?: number;
  /** The ref that would go first. */
  readonly leastUsed?: string;
}

/** Counts everything; reads only. */
export async function repositoryStatus(
  repository: Repository,
  { now = Date.now(), signal }: { readonly now?: number; readonly signal?: AbortSignal } = {},
): Promise<RepositoryStatus> {
  const usedBefore = now - DEFAULT_GRACE_MS;
  const { inventory, stays, incomplete } = await planRemoval(repository, {
    usedBefore,
    ...(signal !== undefined && { signal }),
  });
  const unneeded = [...inventory.values()].filter(({ isNeeded }) => !isNeeded);
  const last = stays.at(0);
  const least = stays.findLast(({ isPinned }) => !isPinned);
  return {
    refs: stays.length,
    objects: inventory.size,
    bytes: bytesOf(inventory.values()),
    unneededObjects: unneeded.length,
    unneededBytes: bytesOf(unneeded),
    pinned: await readPins(repository),
    incomplete,
    ...(last !== undefined && { lastUsedAt: last.usedAt }),
    ...(least !== undefined && { leastUsedAt: least.usedAt, leastUsed: least.ref }),
  };
}

import { CacheError } from '../error.ts';
import { keptSize } from '../repository/kept-objects.ts';
import { layoutOf } from '../repository/layout.ts';
import type { Repository } from '../repository/repository.ts';
import { bytesOf } from './inventory.ts';
import { DEFAULT_GRACE_MS } from './make-room.ts';
import { readPins } from './pins.ts';
import { type IncompleteRef, planRemoval } from './plan-removal.ts';
import { countStoredSize } from './stored-size.ts';

/** How much there is. */
export interface RepositoryStatus {
  readonly refs: number;
  readonly objects: number;
  readonly bytes: number;
  /** What `prune` would free now, without letting go of a ref. */
  readonly unneededObjects: number;
  readonly unneededBytes: number;
  /** What pushes and pulls that were cut left for the next ones, beside all that is stored. */
  readonly keptObjects: number;
  readonly keptBytes: number;
  readonly pinned: readonly string[];
  /** Those of them that are not there: what is pinned can be removed by hand. */
  readonly absentPins: readonly string[];
  readonly incomplete: readonly IncompleteRef[];
  /** When a ref was used last, and when the one that was not used for longest: milliseconds since the epoch. Absent: no refs. */
  readonly lastUsedAt?: number;
  readonly leastUsedAt?: number;
  /** The ref that would go first. */
  readonly leastUsed?: string;
}

/** Counts everything, and notes what objects take for quotas and metrics where the repository may be written. */
export async function repositoryStatus(
  repository: Repository,
  { now = Date.now(), signal }: { readonly now?: number; readonly signal?: AbortSignal } = {},
): Promise<RepositoryStatus> {
  const usedBefore = now - DEFAULT_GRACE_MS;
  const { inventory, stays, incomplete } = await planRemoval(repository, {
    usedBefore,
    ...(signal !== undefined && { signal }),
  });
  await unlessForbidden(countStoredSize(repository, signal));
  const unneeded = [...inventory.values()].filter(({ isNeeded }) => !isNeeded);
  const pinned = await readPins(repository);
  const kept = await keptSize(layoutOf(repository.folder));
  const there = new Set(stays.map(({ ref }) => ref));
  const last = stays.at(0);
  const least = stays.findLast(({ isPinned }) => !isPinned);
  return {
    refs: stays.length,
    objects: inventory.size,
    bytes: bytesOf(inventory.values()),
    unneededObjects: unneeded.length,
    unneededBytes: bytesOf(unneeded),
    keptObjects: kept.objects,
    keptBytes: kept.bytes,
    pinned,
    absentPins: pinned.filter((ref) => !there.has(ref)),
    incomplete,
    ...(last !== undefined && { lastUsedAt: last.usedAt }),
    ...(least !== undefined && { leastUsedAt: least.usedAt, leastUsed: least.ref }),
  };
}

/** Others may look at a repository that is not theirs. */
async function unlessForbidden(action: Promise<unknown>): Promise<void> {
  try {
    await action;
  } catch (error) {
    if (!(error instanceof CacheError) || error.code !== 'FORBIDDEN') throw error;
  }
}

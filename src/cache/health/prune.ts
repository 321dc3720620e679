import { fileTrouble } from '../repository/file-trouble.ts';
import { letGoOfKept } from '../repository/kept-objects.ts';
import { layoutOf } from '../repository/layout.ts';
import type { Repository } from '../repository/repository.ts';
import { sweepStagingFolders } from '../repository/staging-folder.ts';
import { carryOut } from './carry-out.ts';
import { bytesOf } from './inventory.ts';
import { DEFAULT_GRACE_MS } from './make-room.ts';
import { type IncompleteRef, planRemoval, type RemovalPlan } from './plan-removal.ts';

export interface PruneOptions {
  /** Refs go until what is needed takes no more. @defaultValue the repository's quota; without one no ref goes */
  readonly quotaBytes?: number;
  /** What was used or stored so short a time ago stays. @defaultValue an hour */
  readonly graceMs?: number;
  /** Only says what would go. @defaultValue false */
  readonly isDryRun?: boolean;
  /** @defaultValue the clock */
  readonly now?: number;
  readonly signal?: AbortSignal;
}

export interface Pruned {
  /** Refs that went, or would go. */
  readonly refs: readonly string[];
  readonly objects: number;
  readonly bytes: number;
  /** What is there now, or would be. */
  readonly leftRefs: number;
  readonly leftBytes: number;
  /** Refs that stay and cannot be followed to their end: `checkRepository` says more. */
  readonly incomplete: readonly IncompleteRef[];
}

/**
 * Lets go of what nothing needs and, beyond a quota, of the refs that were not used for longest; pinned ones stay. Also
 * removes what killed processes left behind. Safe beside pushes and pulls, and to repeat. Where more is pinned or in use
 * than the quota allows it does what it can: `leftBytes` tells.
 */
export async function prune(repository: Repository, options: PruneOptions = {}): Promise<Pruned> {
  const { graceMs = DEFAULT_GRACE_MS, now = Date.now(), isDryRun = false, signal } = options;
  const quotaBytes = options.quotaBytes ?? repository.settings.quotaBytes;
  const limits = { usedBefore: now - graceMs, ...(signal !== undefined && { signal }) };
  let plan = await planRemoval(repository, limits);
  // Only beyond the quota there is a choice to make, for which everything is followed in another order.
  if (quotaBytes !== undefined && plan.keptBytes > quotaBytes)
    plan = await planRemoval(repository, { ...limits, targetBytes: quotaBytes });
  const { incomplete, stays } = plan;
  const left = await letGoOfLeftovers(repository, { now, cameBefore: limits.usedBefore, isDryRun });
  const removed = isDryRun ? wouldGo(plan) : await carryOut(repository, plan, limits);
  return {
    refs: removed.refs,
    objects: removed.objects + left.objects,
    bytes: removed.bytes + left.bytes,
    leftRefs: stays.length + (isDryRun ? 0 : plan.goes.length - removed.refs.length),
    leftBytes: removed.leftBytes,
    incomplete,
  };
}

interface Leftovers {
  readonly now: number;
  readonly cameBefore: number;
  readonly isDryRun: boolean;
}

/** What pushes and pulls left that were killed or cut, and that nobody counts on. */
async function letGoOfLeftovers(
  { folder }: Repository,
  { now, cameBefore, isDryRun }: Leftovers,
): Promise<{ readonly objects: number; readonly bytes: number }> {
  const layout = layoutOf(folder);
  try {
    if (!isDryRun) await sweepStagingFolders(layout.temporary, now);
    return await letGoOfKept(layout, { cameBefore, isDryRun });
  } catch (cause) {
    throw fileTrouble('remove what cut pushes and pulls left in', folder, cause);
  }
}

function wouldGo({ inventory, goes }: RemovalPlan) {
  const victims = [...inventory.values()].filter(({ isNeeded }) => !isNeeded);
  const bytes = bytesOf(victims);
  return {
    refs: goes.map(({ ref }) => ref),
    objects: victims.length,
    bytes,
    leftBytes: bytesOf(inventory.values()) - bytes,
  };
}

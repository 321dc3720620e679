import { createBreaks } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';
import type { ObjectKind, ObjectName } from '../ostree/index.ts';
import type { Repository } from '../repository/repository.ts';
import { bytesOf, type Inventory, type KnownObject, takeInventory } from './inventory.ts';
import { mark } from './mark.ts';
import type { RemovalLimits, RemovalPlan } from './plan-removal.ts';
import { listForeignCommits, listRefUses, type RefUse } from './ref-uses.ts';
import { writeStoredSize } from './stored-size.ts';

/** What went. */
export interface Removed {
  readonly refs: readonly string[];
  readonly objects: number;
  readonly bytes: number;
  /** What is there now. */
  readonly leftBytes: number;
}

/** Commits first: however it ends, none is left without what it names. */
const ORDER: Readonly<Record<ObjectKind, number>> = {
  commitmeta: 0,
  commit: 1,
  dirtree: 2,
  dirmeta: 3,
  filez: 3,
};

/** So many at a time, for the signal to be heard between them. */
const AT_A_TIME = 1000;

/** Refs that nobody set or used since the plan was made. */
function stillGoing(plan: RemovalPlan, now: readonly RefUse[]): readonly RefUse[] {
  const before = new Map(plan.goes.map((use) => [use.ref, use]));
  return now.filter(({ ref, commit, usedAt, isPinned }) => {
    const planned = before.get(ref);
    return planned?.commit === commit && planned.usedAt === usedAt && !isPinned;
  });
}

/** Marks again what must stay, on top of what the plan has marked: quick, as only what is new is followed. */
async function markAgain(
  repository: Repository,
  inventory: Inventory,
  plan: RemovalPlan,
  roots: { readonly stays: readonly RefUse[]; readonly limits: RemovalLimits },
): Promise<void> {
  const breaks = createBreaks(); // most of what is marked takes no time, and there may be a million
  const markOne = async (name: ObjectName): Promise<void> => {
    if (breaks.isDue()) await breaks.take();
    await mark(inventory, repository, name);
  };
  for (const [key, object] of inventory) object.isNeeded = plan.inventory.get(key)?.isNeeded === true;
  for (const { commit } of roots.stays) await markOne({ id: commit, kind: 'commit' });
  for (const id of await listForeignCommits(repository.folder)) await markOne({ id, kind: 'commit' });
  for (const [key, { name, modifiedAt }] of inventory)
    if (modifiedAt >= roots.limits.usedBefore || !plan.inventory.has(key)) await markOne(name);
}

interface Forgotten {
  readonly refs: readonly string[];
  /** Whether the summary says so. */
  readonly isListed: boolean;
}

/** Removes refs. On a disk without room for a summary, it comes when the objects have made some: else nothing ever would. */
async function forget(repository: Repository, refs: readonly string[]): Promise<Forgotten> {
  try {
    return { refs: await repository.removeRefs(refs), isListed: true };
  } catch (error) {
    if (!(error instanceof CacheError) || error.code !== 'NO_SPACE') throw error;
    for (const ref of refs) if ((await repository.readRef(ref)) !== undefined) throw error;
    return { refs, isListed: false };
  }
}

/** Gives those that went. One that a push began to count on since it was looked at stays: minutes may be between. */
async function removeAll(
  repository: Repository,
  victims: readonly KnownObject[],
  { usedBefore, signal }: RemovalLimits,
): Promise<readonly KnownObject[]> {
  const names = victims.map(({ name }) => name).sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
  for (let at = 0; at < names.length; at += AT_A_TIME) {
    signal?.throwIfAborted();
    await repository.removeObjects(names.slice(at, at + AT_A_TIME), { usedBefore });
  }
  const gone = new Set(await repository.missingOf(names));
  return victims.filter(({ name }) => gone.has(name));
}

/**
 * Does what a plan says, as far as it is still right: refs, then the summary, then objects. Takes the lock. A kill at any
 * moment leaves a sound repository, in which the next prune finds the rest.
 */
export async function carryOut(
  repository: Repository,
  plan: RemovalPlan,
  limits: RemovalLimits,
): Promise<Removed> {
  const { signal } = limits;
  return await repository.withLock(
    async () => {
      const inventory = await takeInventory(repository, signal);
      const uses = await listRefUses(repository, inventory);
      const goes = stillGoing(plan, uses);
      const gone = new Set(goes.map(({ ref }) => ref));
      const stays = uses.filter(({ ref }) => !gone.has(ref));
      await markAgain(repository, inventory, plan, { stays, limits });
      // What came since was perhaps missing below something that is marked, and nothing says how old it looks.
      const isVictim = (key: string, { isNeeded }: KnownObject) => !isNeeded && plan.inventory.has(key);
      const victims = [...inventory].flatMap(([key, object]) => (isVictim(key, object) ? [object] : []));
      const { refs, isListed } = await forget(
        repository,
        goes.map(({ ref }) => ref),
      );
      const removed = await removeAll(repository, victims, limits);
      if (!isListed) await repository.refreshSummary();
      const bytes = bytesOf(removed);
      const leftBytes = bytesOf(inventory.values()) - bytes;
      await writeStoredSize(repository.folder, leftBytes);
      return { refs, objects: removed.length, bytes, leftBytes };
    },
    signal === undefined ? {} : { signal },
  );
}

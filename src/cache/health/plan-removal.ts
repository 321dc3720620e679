import { createBreaks } from '../../kernel/index.ts';
import type { ObjectName } from '../ostree/index.ts';
import type { Repository } from '../repository/repository.ts';
import { bytesOf, findObject, type Inventory, takeInventory } from './inventory.ts';
import { mark, unmark } from './mark.ts';
import { listForeignCommits, listRefUses, type RefUse } from './ref-uses.ts';

/** What may go. */
export interface RemovalLimits {
  /** What was used or stored after it stays: milliseconds since the epoch. */
  readonly usedBefore: number;
  /** Refs go, the least recently used first, until what is needed takes no more. Absent: no ref goes. */
  readonly targetBytes?: number;
  /** Objects that a push counts on. */
  readonly keepObjects?: readonly ObjectName[];
  readonly signal?: AbortSignal;
}

/** A ref that cannot be followed to its end. */
export interface IncompleteRef {
  readonly ref: string;
  readonly commit: string;
  readonly problem: string;
}

export interface RemovalPlan {
  /** What is not needed in it can go. */
  readonly inventory: Inventory;
  readonly goes: readonly RefUse[];
  readonly stays: readonly RefUse[];
  readonly incomplete: readonly IncompleteRef[];
  /** What stays takes so much, also objects that nothing needs and that are too young to go. */
  readonly keptBytes: number;
}

/** Marks in the order in which refs have a right to stay, and counts what they need. */
class Marker {
  readonly #repository: Repository;
  readonly #breaks = createBreaks();
  readonly inventory: Inventory;
  readonly incomplete: IncompleteRef[] = [];
  keptBytes = 0;

  constructor(repository: Repository, inventory: Inventory) {
    this.#repository = repository;
    this.inventory = inventory;
  }

  async keep(root: ObjectName): Promise<void> {
    if (this.#breaks.isDue()) await this.#breaks.take();
    this.keptBytes += bytesOf((await mark(this.inventory, this.#repository, root)).objects);
  }

  /** Keeps a ref unless more would be needed then than the limit; says whether it stays. */
  async keepRef({ ref, commit }: RefUse, maxBytes = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (this.#breaks.isDue()) await this.#breaks.take();
    const marked = await mark(this.inventory, this.#repository, { id: commit, kind: 'commit' });
    const bytes = bytesOf(marked.objects);
    if (this.keptBytes + bytes > maxBytes && bytes > 0) {
      unmark(marked);
      return false;
    }
    this.keptBytes += bytes;
    if (marked.problem !== undefined) this.incomplete.push({ ref, commit, problem: marked.problem });
    return true;
  }
}

/** Keeps what needs no ref: what is new, what somebody counts on, and copies of other repositories. */
async function keepOthers(repository: Repository, marker: Marker, limits: RemovalLimits): Promise<void> {
  const { inventory } = marker;
  for (const id of await listForeignCommits(repository.folder)) await marker.keep({ id, kind: 'commit' });
  for (const name of limits.keepObjects ?? []) await marker.keep(name);
  // A push puts its objects into place before its refs, and may count on older ones: what new trees name stays with them.
  for (const { name, modifiedAt } of inventory.values())
    if (modifiedAt >= limits.usedBefore) await marker.keep(name);
}

/** Says what would go now. Reads only; others may publish meanwhile, so `carryOut` looks again. */
export async function planRemoval(repository: Repository, limits: RemovalLimits): Promise<RemovalPlan> {
  const { usedBefore, targetBytes, signal } = limits;
  const inventory = await takeInventory(repository, signal);
  const uses = await listRefUses(repository, inventory);
  const marker = new Marker(repository, inventory);
  const mustStay = ({ isPinned, usedAt }: RefUse) =>
    targetBytes === undefined || isPinned || usedAt >= usedBefore;
  const stays: RefUse[] = [];
  const goes: RefUse[] = [];
  for (const use of uses.filter(mustStay)) {
    signal?.throwIfAborted();
    await marker.keepRef(use);
    stays.push(use);
  }
  await keepOthers(repository, marker, limits);
  for (const use of uses.filter((each) => !mustStay(each))) {
    signal?.throwIfAborted();
    // The first that does not fit ends it: what was used before it goes as well, but for other names of what stays.
    const isKept = findObject(inventory, { id: use.commit, kind: 'commit' })?.isNeeded === true;
    const fits = isKept || (goes.length === 0 && (await marker.keepRef(use, targetBytes)));
    (fits ? stays : goes).push(use);
  }
  const { incomplete, keptBytes } = marker;
  return { inventory, goes, stays, incomplete, keptBytes };
}

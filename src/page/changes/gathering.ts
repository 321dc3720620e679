import type { Change, ChangeKind } from '../wire.ts';

/** A change as it is told to all. */
export type Told = Change;

/** What has changed since it was told last. */
export interface Batch {
  /** For who wants to hear of everything. */
  readonly told: readonly Change[];
  readonly isMissed: boolean;
  /** Kinds of which there were more than were kept. */
  readonly dropped: ReadonlySet<ChangeKind>;
  /** When something that was held back is to be told. */
  readonly dueAt?: number;
  find(kind: ChangeKind, id: string): readonly Change[];
  ofGroup(taskGroupId: string): readonly Change[];
  ofQueue(taskQueueId: string): readonly Change[];
}

export interface Gathering {
  /** The last one of each thing counts; `undefined`: some were missed. */
  add(change: Change | undefined): void;
  take(): Batch;
}

const KINDS: readonly ChangeKind[] = ['task', 'run', 'build', 'workers', 'cache'];

/** Of each kind, kept until they are told: a megabyte. */
const MAX_KEPT = 5000;
/** Of each kind: so many may be told at once, and so many a second in the long run. */
const BURST = 20;
const PER_SECOND = 10;
/** More than that is told as "all of that kind", no more often than this: each time, every page asks for its lists again. */
const MERGED_EVERY_MS = 1000;

interface Kept {
  readonly changes: Map<string, Change>;
  readonly isDropped: boolean;
}

/** What was told of a kind lately. */
interface Budget {
  left: number;
  countedAt: number;
  mergedAt: number;
  /** There was too much, and nobody was told yet. */
  isOwed: boolean;
}

const idOf = (change: Change): string => {
  switch (change.kind) {
    case 'task':
      return change.taskId;
    case 'run':
      return change.runId;
    case 'build':
      return change.buildId;
    case 'workers':
      return change.taskQueueId;
    default:
      return '';
  }
};

/** Gathers changes by what they are about. */
export function createGathering(now: () => number): Gathering {
  const budgets = new Map(
    KINDS.map((kind) => [kind, { left: BURST, countedAt: now(), mergedAt: -MERGED_EVERY_MS, isOwed: false }]),
  );
  let kept = new Map<ChangeKind, Map<string, Change>>();
  let dropped = new Set<ChangeKind>();
  let isMissed = false;

  function keep(kind: ChangeKind, change: Change): void {
    const changes = kept.get(kind) ?? new Map<string, Change>();
    kept.set(kind, changes);
    const id = idOf(change);
    if (changes.size < MAX_KEPT || changes.has(id)) changes.set(id, change);
    else dropped.add(kind);
  }

  return {
    add(change) {
      if (change === undefined || (change.kind === 'all' && change.of === undefined)) isMissed = true;
      else if (change.kind === 'all' && change.of !== undefined) dropped.add(change.of);
      else if (change.kind !== 'all') keep(change.kind, change);
    },
    take() {
      const batch = { kept, dropped, isMissed };
      [kept, dropped, isMissed] = [new Map(), new Set(), false];
      return batchOf(batch, budgets, now());
    },
  };
}

interface Gathered {
  readonly kept: ReadonlyMap<ChangeKind, ReadonlyMap<string, Change>>;
  readonly dropped: ReadonlySet<ChangeKind>;
  readonly isMissed: boolean;
}

function batchOf(
  { kept, dropped, isMissed }: Gathered,
  budgets: ReadonlyMap<ChangeKind, Budget>,
  now: number,
): Batch {
  const told: Change[] = isMissed ? [{ kind: 'all' }] : [];
  let dueAt: number | undefined;
  for (const [kind, budget] of budgets) {
    if (isMissed) {
      Object.assign(budget, { mergedAt: now, isOwed: false });
      continue;
    }
    const changes = kept.get(kind);
    const most: Kept = { changes: new Map(changes), isDropped: dropped.has(kind) };
    told.push(...spend(kind, most, budget, now));
    if (budget.isOwed) dueAt = Math.min(dueAt ?? Number.POSITIVE_INFINITY, budget.mergedAt + MERGED_EVERY_MS);
  }
  const tasks = lazily(() =>
    [...(kept.get('task')?.values() ?? [])].filter((change) => change.kind === 'task'),
  );
  const byGroup = lazily(() => Map.groupBy(tasks(), ({ taskGroupId }) => taskGroupId));
  const byQueue = lazily(() => Map.groupBy(tasks(), ({ taskQueueId }) => taskQueueId));
  return {
    told,
    isMissed,
    dropped,
    ...(dueAt !== undefined && { dueAt }),
    find(kind, id) {
      const found = kept.get(kind)?.get(id);
      return found === undefined ? [] : [found];
    },
    ofGroup: (taskGroupId) => byGroup().get(taskGroupId) ?? [],
    ofQueue: (taskQueueId) => byQueue().get(taskQueueId) ?? [],
  };
}

/** What is told of a kind now: each change, or that there were many, or nothing yet. */
function spend(
  kind: ChangeKind,
  { changes, isDropped }: Kept,
  budget: Budget,
  now: number,
): readonly Change[] {
  budget.left = Math.min(BURST, budget.left + ((now - budget.countedAt) * PER_SECOND) / 1000);
  budget.countedAt = now;
  const isTooMuch = isDropped || changes.size > budget.left;
  if (!isTooMuch && !budget.isOwed) {
    budget.left -= changes.size;
    return [...changes.values()];
  }
  budget.isOwed = true;
  if (now - budget.mergedAt < MERGED_EVERY_MS) return [];
  Object.assign(budget, { mergedAt: now, isOwed: false });
  return [{ kind: 'all', of: kind }];
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

import type { Change, ChangeFilter, ChangeKind } from '../wire.ts';
import { type Batch, createGathering, type Told } from './gathering.ts';

/** Whoever wants to hear of changes. */
export interface Listener {
  readonly kinds: ReadonlySet<ChangeKind>;
  readonly filter: ChangeFilter;
  /** Called a few times a second at most; does not throw. */
  readonly hear: (changes: readonly Change[]) => void;
}

/** What changes on all servers, told to many at a pace at which people look. */
export interface Changes extends Disposable {
  /** Something has changed; `undefined`: anything may have. */
  tell(change: Change | undefined): void;
  listen(listener: Listener): Disposable;
  readonly hasListeners: boolean;
}

// What happens together, such as the end of a run and the beginning of the next, is told together.
const GATHER_MS = 15;
/** Between two times that something is told. */
const PACE_MS = 250;

export interface ChangesOptions {
  /** Milliseconds from any point; never goes back. @defaultValue `performance.now` */
  readonly now?: () => number;
}

/**
 * Gathers changes, and tells them at most four times a second. Who listens without a filter is told the same as all others,
 * so that thousands cost little more than one.
 */
export function createChanges({ now = () => performance.now() }: ChangesOptions = {}): Changes {
  const listeners = new Set<Listener>();
  const gathering = createGathering(now);
  let timer: NodeJS.Timeout | undefined;
  let timerAt = Number.POSITIVE_INFINITY;
  let toldAt = Number.NEGATIVE_INFINITY;

  function tellAll(): void {
    timer = undefined;
    timerAt = Number.POSITIVE_INFINITY;
    toldAt = now();
    const batch = gathering.take();
    const shared = new Map<ReadonlySet<ChangeKind>, readonly Change[]>();
    for (const listener of listeners) {
      const changes = isFiltered(listener.filter) ? pick(batch, listener) : sharedOf(batch, listener, shared);
      if (changes.length > 0) listener.hear(changes);
    }
    if (batch.dueAt !== undefined) tellAt(batch.dueAt);
  }

  function tellAt(moment: number): void {
    if (moment >= timerAt) return;
    clearTimeout(timer);
    timerAt = moment;
    timer = setTimeout(tellAll, Math.max(0, moment - now()));
    timer.unref();
  }

  return {
    get hasListeners() {
      return listeners.size > 0;
    },
    tell(change) {
      if (listeners.size === 0) return;
      gathering.add(change);
      tellAt(Math.max(now() + GATHER_MS, toldAt + PACE_MS));
    },
    listen(listener) {
      const own = { ...listener };
      listeners.add(own);
      return { [Symbol.dispose]: () => void listeners.delete(own) };
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      listeners.clear();
    },
  };
}

const isFiltered = (filter: ChangeFilter): boolean =>
  Object.values(filter).some((value) => value !== undefined);

/** The sets of kinds are few, and the same for many: `kindsOf` in the route sees to that. */
function sharedOf(
  { told }: Batch,
  { kinds }: Listener,
  shared: Map<ReadonlySet<ChangeKind>, readonly Change[]>,
): readonly Change[] {
  const known = shared.get(kinds);
  if (known !== undefined) return known;
  const changes = told.filter((change) => isWanted(change, kinds));
  shared.set(kinds, changes);
  return changes;
}

function isWanted(change: Change, kinds: ReadonlySet<ChangeKind>): boolean {
  if (change.kind !== 'all') return kinds.has(change.kind);
  return change.of === undefined || kinds.has(change.of);
}

// A group of ten thousand tasks that end together is asked for once.
const MAX_PICKED = 20;

/** What somebody hears who looks at one thing: all of that, and of other kinds what everybody hears. */
function pick(batch: Batch, { kinds, filter }: Listener): readonly Change[] {
  if (batch.isMissed) return [{ kind: 'all' }];
  const { taskId, taskGroupId, taskQueueId, runId, buildId } = filter;
  const isOfTasks = (taskId ?? taskGroupId ?? taskQueueId) !== undefined;
  const picked: Change[] = [];
  const choose = (kind: ChangeKind, chosen: readonly Change[] | undefined): void => {
    if (!kinds.has(kind)) return;
    if (chosen === undefined) picked.push(...batch.told.filter((change) => isOf(change, kind)));
    else if (chosen.length > MAX_PICKED || batch.dropped.has(kind)) picked.push({ kind: 'all', of: kind });
    else picked.push(...chosen);
  };
  choose('task', isOfTasks ? tasksOf(batch, filter) : undefined);
  choose('workers', taskQueueId === undefined ? undefined : batch.find('workers', taskQueueId));
  choose('run', runId === undefined ? undefined : batch.find('run', runId));
  choose('build', buildId === undefined ? undefined : batch.find('build', buildId));
  choose('cache', undefined);
  return picked;
}

const isOf = (change: Told, kind: ChangeKind): boolean =>
  change.kind === kind || (change.kind === 'all' && change.of === kind);

function tasksOf(batch: Batch, { taskId, taskGroupId, taskQueueId }: ChangeFilter): readonly Change[] {
  const found =
    taskId !== undefined
      ? batch.find('task', taskId)
      : taskGroupId !== undefined
        ? batch.ofGroup(taskGroupId)
        : batch.ofQueue(taskQueueId ?? '');
  return found.filter(
    (change) =>
      change.kind === 'task' &&
      (taskGroupId === undefined || change.taskGroupId === taskGroupId) &&
      (taskQueueId === undefined || change.taskQueueId === taskQueueId),
  );
}

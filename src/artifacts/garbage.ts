import type { ObjectStore } from '../store/index.ts';
import { planExpired } from './garbage-expired.ts';
import { prefixOf, takeInventory } from './garbage-inventory.ts';
import { planLeftovers } from './garbage-leftovers.ts';
import { planRuns } from './garbage-runs.ts';
import { type Departure, planRetention, type RetentionRules } from './retention.ts';

const HOUR_MS = 60 * 60_000;
const GRACE_MS = 24 * HOUR_MS; // longer than any artifact takes to be stored, and than clocks differ

export interface GarbageOptions {
  readonly rules: RetentionRules;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Say what would go, and leave it. @defaultValue false */
  readonly dryRun?: boolean;
  /** Only what belongs to this application; `maxBytes` then counts its artifacts alone. */
  readonly application?: string;
  /** Nothing but Slipway puts anything into this store: also what nobody can name goes. @defaultValue false */
  readonly ownsAll?: boolean;
  /** How long what nobody names is left alone, in milliseconds. @defaultValue a day */
  readonly graceMs?: number;
  readonly signal?: AbortSignal;
}

/** Something that went, or with `dryRun` would go. */
export interface Removal {
  readonly what: 'run' | 'artifact' | 'leftover';
  /** The run's id, or the key of an object. */
  readonly name: string;
  /** Of a run. */
  readonly application?: { readonly id: string; readonly name: string };
  /** One sentence, without an end. */
  readonly reason: string;
  /** Artifacts that went; their manifests do not count. */
  readonly objects: number;
  readonly freedBytes: number;
}

export interface PlannedRemoval {
  readonly removal: Removal;
  /** In the order in which they go. */
  readonly keys: readonly string[];
  /** Looks once more, right before: others write meanwhile. */
  readonly isRight: (signal?: AbortSignal) => Promise<boolean>;
}

/** What the store itself knows to have expired; it may know more than its listing says. */
function sweep(store: ObjectStore, { application, now, signal }: GarbageOptions): Promise<readonly string[]> {
  const prefix = prefixOf(application);
  return store.removeExpired({ prefix, now, ...(signal !== undefined && { signal }) });
}

/**
 * Removes what expired, what the rules take, and what killed processes left, one after the other, and says each when it
 * is gone.
 *
 * May run beside runs and other collections: what a run stores is left alone as long as its record says that it goes on,
 * and every run is looked at again right before it goes. What stops on the way, by a crash, by `signal` or where the store
 * throws, is finished by the next collection. Throws `StoreError`, and `signal.reason`.
 */
export async function* collectGarbage(store: ObjectStore, options: GarbageOptions): AsyncGenerator<Removal> {
  const { rules, now, application, dryRun = false, ownsAll = false, signal } = options;
  const inventory = await takeInventory(store, {
    ...(application !== undefined && { application }),
    ...(signal !== undefined && { signal }),
  });
  const candidates = inventory.runs.filter(
    (run) => (application ?? run.application.id) === run.application.id,
  );
  const departures = planRetention(candidates, rules, now);
  const going = planRuns(store, inventory, departures);
  const goingKeys = new Set(going.flatMap(({ keys }) => keys));
  const swept = dryRun ? [] : await sweep(store, options);
  const expired = planExpired({
    store,
    inventory,
    candidates,
    swept,
    now,
    isGoing: (key) => goingKeys.has(key),
  });
  for (const { keys } of expired) for (const key of keys) goingKeys.add(key);
  const leftovers = planLeftovers({
    store,
    inventory,
    ownsAll,
    isGoing: (key) => goingKeys.has(key),
    before: now - (options.graceMs ?? GRACE_MS),
  });
  for (const { removal, keys, isRight } of [...expired, ...going, ...leftovers]) {
    if (!(await isRight(signal))) continue;
    if (!dryRun) for (const key of keys) await store.remove(key, signal === undefined ? {} : { signal });
    yield removal;
  }
}

/**
 * Removes runs that somebody named, whatever the rules say of them, with all that they produced but what other runs name
 * too; ids of which there is no run are passed over. What stops on the way can be repeated. Throws `StoreError`, and
 * `signal.reason`.
 */
export async function* removeRuns(
  store: ObjectStore,
  runIds: readonly string[],
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<Removal> {
  const inventory = await takeInventory(store, signal === undefined ? {} : { signal });
  const departures = inventory.runs
    .filter(({ runId }) => runIds.includes(runId))
    .map((run): Departure => ({ run, rule: 'asked', reason: 'somebody removed it' }));
  for (const { removal, keys } of planRuns(store, inventory, departures)) {
    for (const key of keys) await store.remove(key, signal === undefined ? {} : { signal });
    yield removal;
  }
}

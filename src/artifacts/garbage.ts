import type { ObjectStore } from '../store/index.ts';
import { planExpired } from './garbage-expired.ts';
import { prefixOf, takeInventory } from './garbage-inventory.ts';
import { planLeftovers } from './garbage-leftovers.ts';
import { planRuns } from './garbage-runs.ts';
import { type Departure, planRetention, type RetentionRules } from './retention.ts';
import type { RecordedArtifact } from './run-record.ts';

const GRACE_MS = 24 * 60 * 60_000; // longer than any artifact takes to be stored, and than clocks differ
const AT_ONCE = 8;

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
async function sweep(
  store: ObjectStore,
  { application, now, dryRun, signal }: GarbageOptions,
): Promise<readonly string[]> {
  if (dryRun) return [];
  return await store.removeExpired({ prefix: prefixOf(application), now, ...(signal && { signal }) });
}

/** All that is to go, in the order in which it goes: nothing is in two places of it. */
async function planAll(store: ObjectStore, options: GarbageOptions): Promise<PlannedRemoval[]> {
  const { rules, now, application, ownsAll = false, signal, graceMs = GRACE_MS } = options;
  const inventory = await takeInventory(store, {
    ...(application !== undefined && { application }),
    ...(signal && { signal }),
  });
  const candidates = inventory.runs.filter(
    (run) => (application ?? run.application.id) === run.application.id,
  );
  const swept = await sweep(store, options);
  const isCounted = (artifact: RecordedArtifact): boolean =>
    artifact.store === store.name || inventory.objects.has(artifact.key); // the folder may have been moved
  const runs = planRuns(store, inventory, planRetention(candidates, { rules, now, isCounted }));
  const going = new Set(runs.flatMap(({ keys }) => keys));
  const isGoing = (key: string): boolean => going.has(key);
  const expired = planExpired({ store, inventory, candidates, swept, now, isGoing });
  for (const { keys } of expired) for (const key of keys) going.add(key);
  const leftovers = planLeftovers({ store, inventory, ownsAll, isGoing, before: now - graceMs });
  return [...expired, ...runs, ...leftovers];
}

type Carrying = Pick<GarbageOptions, 'dryRun' | 'signal'>;

/** Whether it went: others may have changed what was right when it was planned. */
async function carryOut(
  store: ObjectStore,
  { keys, isRight }: PlannedRemoval,
  { dryRun, signal }: Carrying,
): Promise<boolean> {
  if (!(await isRight(signal))) return false;
  if (!dryRun) for (const key of keys) await store.remove(key, signal ? { signal } : {});
  return true;
}

/** Some at once, since each is a few calls that wait for a cloud; what of them went is said before a failure is thrown. */
async function* carryOutAll(
  store: ObjectStore,
  planned: readonly PlannedRemoval[],
  carrying: Carrying,
): AsyncGenerator<Removal> {
  for (let at = 0; at < planned.length; at += AT_ONCE) {
    const some = planned.slice(at, at + AT_ONCE);
    const outcomes = await Promise.allSettled(some.map((each) => carryOut(store, each, carrying)));
    for (const [index, outcome] of outcomes.entries()) {
      const removal = some[index]?.removal;
      if (outcome.status === 'fulfilled' && outcome.value && removal !== undefined) yield removal;
    }
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }
}

/**
 * Removes what expired, what the rules take, and what killed processes left, and says each when it is gone.
 *
 * May run beside runs and other collections: what a run stores is left alone as long as its record says that it goes on,
 * and every run is looked at again right before it goes. What stops on the way, by a crash, by `signal` or where the store
 * throws, is finished by the next collection. Throws `StoreError`, and `signal.reason`.
 */
export async function* collectGarbage(store: ObjectStore, options: GarbageOptions): AsyncGenerator<Removal> {
  yield* carryOutAll(store, await planAll(store, options), options);
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
  const planned = planRuns(store, inventory, departures).map((each) => ({
    ...each,
    isRight: async () => true,
  }));
  yield* carryOutAll(store, planned, signal ? { signal } : {});
}

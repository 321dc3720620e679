import type { ObjectStore } from '../store/index.ts';
import type { PlannedRemoval } from './garbage.ts';
import { type Inventory, isManifestKey } from './garbage-inventory.ts';
import { manifestKey, recordKey } from './keys.ts';
import type { Departure } from './retention.ts';
import { openRunCatalog } from './run-catalog.ts';
import type { RunRecord } from './run-record.ts';

/** Keys of the artifacts that a run's record says are in a store. */
const recordedIn = (store: ObjectStore, run: RunRecord): string[] =>
  run.artifacts.filter((artifact) => artifact.store === store.name).map(({ key }) => key);

/** What a run produced: below its own prefix also what no record names, elsewhere what only its record names. */
function keysOf(
  store: ObjectStore,
  run: RunRecord,
  { objects, ownerOf }: Inventory,
  isWanted: (key: string) => boolean,
): string[] {
  const below = [...objects.keys()].filter((key) => ownerOf(key)?.runId === run.runId);
  const recorded = recordedIn(store, run).flatMap((key) => [key, manifestKey(key)]);
  return [...new Set([...below, ...recorded])].filter((key) => !isWanted(key));
}

/** Whether the run is still what it was when it was judged: somebody may have kept it, or started it anew. */
async function isUnchanged(store: ObjectStore, judged: RunRecord, signal?: AbortSignal): Promise<boolean> {
  const run = await openRunCatalog(store).get(judged.runId, signal === undefined ? {} : { signal });
  return (
    run !== undefined && run.kept !== true && run.result !== 'running' && run.startedAt === judged.startedAt
  );
}

/**
 * The removal of runs: manifests first, so that none is there without its artifact, and the record last, so that the
 * next collection finds what was left when this one stopped on the way.
 */
export function planRuns(
  store: ObjectStore,
  inventory: Inventory,
  departures: readonly Departure[],
): PlannedRemoval[] {
  const goes = new Set(departures.map(({ run }) => run));
  const wanted = new Set(
    inventory.runs
      .filter((run) => !goes.has(run))
      .flatMap(({ artifacts }) => artifacts.map(({ key }) => key)),
  );
  for (const key of [...wanted]) wanted.add(manifestKey(key));
  return departures.map(({ run, reason }) => {
    const keys = keysOf(store, run, inventory, (key) => wanted.has(key));
    const artifacts = keys.filter((key) => !isManifestKey(key));
    const sizes = new Map(run.artifacts.map(({ key, sizeBytes }) => [key, sizeBytes]));
    const sizeOf = (key: string): number => inventory.objects.get(key)?.sizeBytes ?? sizes.get(key) ?? 0;
    return {
      removal: {
        what: 'run',
        name: run.runId,
        application: run.application,
        reason,
        objects: artifacts.length,
        freedBytes: keys.reduce((sum, key) => sum + sizeOf(key), 0),
      },
      keys: [...keys.filter(isManifestKey), ...artifacts, recordKey(run.runId)],
      isRight: (signal) => isUnchanged(store, run, signal),
    };
  });
}

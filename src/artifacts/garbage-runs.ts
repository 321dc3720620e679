import type { ObjectStore } from '../store/index.ts';
import type { PlannedRemoval } from './garbage.ts';
import { type Inventory, isManifestKey } from './garbage-inventory.ts';
import { manifestKey, recordKey, runPrefix } from './keys.ts';
import type { Departure } from './retention.ts';
import { openRunCatalog } from './run-catalog.ts';
import type { RunRecord } from './run-record.ts';

/** What a run's record names that does not lie below the run's own prefix, where the listing tells what there is. */
function namedElsewhere(store: ObjectStore, { application, runId, artifacts }: RunRecord): string[] {
  const own = runPrefix(application.id, runId);
  return artifacts
    .filter((artifact) => artifact.store === store.name && !artifact.key.startsWith(own))
    .flatMap(({ key }) => [key, manifestKey(key)]);
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
  const below = Map.groupBy(inventory.objects.keys(), (key) => inventory.ownerOf(key));
  return departures.map(({ run, reason }) => {
    const produced = new Set([...(below.get(run) ?? []), ...namedElsewhere(store, run)]);
    const keys = [...produced].filter((key) => !wanted.has(key));
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

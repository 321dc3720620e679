import type { ObjectStore, StoredObject } from '../store/index.ts';
import { ARTIFACTS_PREFIX, applicationPrefix, manifestKey, runPrefix } from './keys.ts';
import { openRunCatalog } from './run-catalog.ts';
import type { RunRecord } from './run-record.ts';

/** What a store holds of runs, as far as its listing and the records tell. */
export interface Inventory {
  /** Artifacts, manifests, and what only lies among them, by key. */
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly runs: readonly RunRecord[];
  /** The run below whose keys a key is; the nearest one, since an application's id may hold a `/`. */
  ownerOf(key: string): RunRecord | undefined;
  /** Whether it may belong to a run whose record cannot be read: then nobody knows what it is worth. */
  isUnclear(key: string): boolean;
}

export interface InventoryOptions {
  /** Objects of this application only; runs are read all, since any may name any object. */
  readonly application?: string;
  readonly signal?: AbortSignal;
}

const MANIFEST_END = manifestKey('');

export const isManifestKey = (key: string): boolean => key.endsWith(MANIFEST_END);

/** Of the artifact that a manifest's key stands beside. */
export const artifactOf = (key: string): string => key.slice(0, -MANIFEST_END.length);

/** Below which an application's objects are; those of all without one. */
export const prefixOf = (application: string | undefined): string =>
  application === undefined ? ARTIFACTS_PREFIX : applicationPrefix(application);

async function objectsBelow(
  store: ObjectStore,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, StoredObject>> {
  const found = new Map<string, StoredObject>();
  let after: string | undefined;
  do {
    const page = await store.list({
      prefix,
      ...(after !== undefined && { after }),
      ...(signal !== undefined && { signal }),
    });
    for (const object of page.objects) found.set(object.key, object);
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** Every run that there is, of however many pages: what one produced that is passed over would look like nobody's. */
async function allRuns(
  store: ObjectStore,
  signal: AbortSignal | undefined,
): Promise<{ readonly runs: RunRecord[]; readonly damaged: Set<string> }> {
  const catalog = openRunCatalog(store);
  const runs: RunRecord[] = [];
  const damaged = new Set<string>();
  let after: string | undefined;
  do {
    const page = await catalog.list({
      limit: Number.MAX_SAFE_INTEGER,
      ...(after !== undefined && { after }),
      ...(signal !== undefined && { signal }),
    });
    for (const run of page.runs) runs.push(run);
    for (const runId of page.damaged) damaged.add(runId);
    after = page.next;
  } while (after !== undefined);
  return { runs, damaged };
}

function ownerFinder(runs: readonly RunRecord[]): Inventory['ownerOf'] {
  const byPrefix = new Map(runs.map((run) => [runPrefix(run.application.id, run.runId), run]));
  return (key) => {
    for (let end = key.lastIndexOf('/'); end > 0; end = key.lastIndexOf('/', end - 1)) {
      const owner = byPrefix.get(key.slice(0, end + 1));
      if (owner !== undefined) return owner;
    }
    return undefined;
  };
}

/**
 * Looks at a store. The objects come first: a run's record is written when it starts, or right after it stored the first of
 * its artifacts, so the run of every object that is not quite new is seen too.
 */
export async function takeInventory(
  store: ObjectStore,
  { application, signal }: InventoryOptions,
): Promise<Inventory> {
  const objects = await objectsBelow(store, prefixOf(application), signal);
  const { runs, damaged: unclear } = await allRuns(store, signal);
  return {
    objects,
    runs,
    ownerOf: ownerFinder(runs),
    isUnclear: (key) => unclear.size > 0 && key.split('/').some((part) => unclear.has(part)),
  };
}

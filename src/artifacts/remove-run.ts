import type { ObjectStore, StoredObject } from '../store/index.ts';
import { manifestKey, recordKey, runPrefix } from './keys.ts';
import type { RunRecord } from './run-record.ts';

/** What went with a run. */
export interface RemovedRun {
  /** Artifacts and their manifests; the record does not count. */
  readonly objects: number;
  readonly sizeBytes: number;
}

interface Options {
  readonly signal?: AbortSignal;
}

async function objectsBelow(store: ObjectStore, prefix: string, options: Options): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  let after: string | undefined;
  do {
    const page = await store.list({ prefix, ...(after !== undefined && { after }), ...options });
    found.push(...page.objects);
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** Those that the record names somewhere else: an artifact can be given a key of its own. */
async function objectsElsewhere(
  store: ObjectStore,
  { artifacts }: RunRecord,
  known: ReadonlySet<string>,
  options: Options,
): Promise<StoredObject[]> {
  const keys = artifacts
    .filter((artifact) => artifact.store === store.name)
    .flatMap(({ key }) => [manifestKey(key), key])
    .filter((key) => !known.has(key));
  const found = await Promise.all(keys.map((key) => store.head(key, options)));
  return found.filter((object) => object !== undefined);
}

/**
 * Removes what a run produced, also what its record does not name because the run was killed: first the manifests, so
 * that none is there without its artifact, and the record last, so that a removal that stops on the way is found again.
 */
export async function removeRun(
  store: ObjectStore,
  record: RunRecord,
  options: Options,
): Promise<RemovedRun> {
  const below = await objectsBelow(store, runPrefix(record.application.id, record.runId), options);
  const known = new Set(below.map(({ key }) => key));
  const objects = [...below, ...(await objectsElsewhere(store, record, known, options))];
  const isManifest = ({ key }: StoredObject): boolean => key.endsWith(manifestKey(''));
  for (const some of [objects.filter(isManifest), objects.filter((object) => !isManifest(object))]) {
    for (const { key } of some) await store.remove(key, options);
  }
  await store.remove(recordKey(record.runId), options);
  return {
    objects: objects.length,
    sizeBytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

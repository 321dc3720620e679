import { isKey, type ObjectStore } from '../store/index.ts';
import type { RecordedArtifact, RunRecord } from './run-record.ts';

// A run has a few; a record that names thousands is nobody's run, and each costs a request to a store in a cloud.
const MAX_LOOKED_UP = 100;

/** Whether a store that goes by another name has that very artifact. */
async function isHere(
  store: ObjectStore,
  { key, sizeBytes, sha256 }: RecordedArtifact,
  options: { readonly signal?: AbortSignal },
): Promise<boolean> {
  if (!isKey(key)) return false;
  const object = await store.head(key, options);
  return object?.sizeBytes === sizeBytes && (object.sha256 ?? sha256) === sha256;
}

/**
 * The record with the store that it is read from as that of all artifacts that are there. A record names stores as they were
 * called when it was written: a data folder may have been moved since, restored from a copy, or mounted somewhere else.
 */
export async function storedHere(
  store: ObjectStore,
  record: RunRecord,
  options: { readonly signal?: AbortSignal },
): Promise<RunRecord> {
  if (record.artifacts.every((artifact) => artifact.store === store.name)) return record;
  const elsewhere = record.artifacts.filter((artifact) => artifact.store !== store.name);
  const found = new Set<RecordedArtifact>();
  for (const artifact of elsewhere.slice(0, MAX_LOOKED_UP))
    if (await isHere(store, artifact, options)) found.add(artifact);
  const artifacts = record.artifacts.map((artifact) =>
    found.has(artifact) ? { ...artifact, store: store.name } : artifact,
  );
  return { ...record, artifacts };
}

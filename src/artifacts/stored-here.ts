import { isKey, type ObjectStore } from '../store/index.ts';
import type { RecordedArtifact, RunRecord } from './run-record.ts';

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
  const artifacts: RecordedArtifact[] = [];
  for (const artifact of record.artifacts) {
    const isSame = artifact.store === store.name || (await isHere(store, artifact, options));
    artifacts.push(isSame ? { ...artifact, store: store.name } : artifact);
  }
  return { ...record, artifacts };
}

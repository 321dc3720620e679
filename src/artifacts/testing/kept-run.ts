import type { ObjectStore } from '../../store/index.ts';
import { manifestKey, runPrefix } from '../keys.ts';
import type { ArtifactManifest } from '../manifest.ts';
import type { RecordedArtifact, RunRecord } from '../run-record.ts';
import { inOnePiece, writeRecord } from '../write-record.ts';
import { recordedArtifact, runRecord } from './run-record.ts';

const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Puts a text where a key says. */
export const putText = (
  store: ObjectStore,
  key: string,
  text: string,
  expiresAt?: number,
): Promise<unknown> =>
  store.put(key, inOnePiece(Buffer.from(text)), expiresAt === undefined ? {} : { expiresAt });

/** The manifest of an artifact of no bytes, or of as many as it claims. */
export const manifestOf = (runId: string, artifact: RecordedArtifact): ArtifactManifest => ({
  version: 1,
  runId,
  name: artifact.name,
  fileName: artifact.fileName,
  key: artifact.key,
  sizeBytes: artifact.sizeBytes,
  sha256: SHA256_OF_NOTHING,
  crc32: 0,
  mediaType: artifact.mediaType,
  storedAt: artifact.storedAt,
});

/** Puts an artifact and its manifest, as a run does. */
export async function putArtifact(
  store: ObjectStore,
  runId: string,
  artifact: RecordedArtifact,
): Promise<void> {
  await putText(store, artifact.key, 'x'.repeat(artifact.sizeBytes), artifact.expiresAt);
  await putText(store, manifestKey(artifact.key), JSON.stringify(manifestOf(runId, artifact)));
}

/** A run with one artifact in a store, as it is when the run has ended. */
export async function putRun(
  store: ObjectStore,
  fields: Partial<RunRecord> & Pick<RunRecord, 'runId'>,
  artifactFields: Partial<RecordedArtifact> = {},
): Promise<RunRecord> {
  const { application = { id: 'app' }, runId } = fields;
  const artifact = recordedArtifact({
    key: `${runPrefix(application.id, runId)}output.tar`,
    store: store.name,
    sizeBytes: 10,
    ...artifactFields,
  });
  const record = runRecord({ artifacts: [artifact], ...fields });
  for (const each of record.artifacts) await putArtifact(store, runId, each);
  await writeRecord(store, record);
  return record;
}

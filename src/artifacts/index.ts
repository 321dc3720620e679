export { type CollectedArtifacts, type CollectOptions, collectArtifacts } from './collect.ts';
export { ArtifactError, type ArtifactErrorCode } from './error.ts';
export { collectGarbage, type GarbageOptions, type Removal, removeRuns } from './garbage.ts';
export { artifactKey, containerKey, manifestKey, recordKey, runPrefix, stepArtifactKey } from './keys.ts';
export type { RunListOptions, RunPage } from './list-runs.ts';
export { formatSize, listing } from './listing.ts';
export type { ArtifactManifest, ManifestEntry } from './manifest.ts';
export { mediaTypeOf } from './media-type.ts';
export { readManifest } from './read-manifest.ts';
export { type RunRecorder, type RunRecorderOptions, recordRuns } from './recorder.ts';
export {
  DEFAULT_RETENTION,
  type Departure,
  planRetention,
  type RetentionInput,
  type RetentionRules,
} from './retention.ts';
export { type CatalogOptions, openRunCatalog, type RunCatalog } from './run-catalog.ts';
export { leftRunLogs, removeRunLogs } from './run-logs/remove-run-logs.ts';
export { type RunLogKind, runLogName } from './run-logs/run-log-names.ts';
export {
  isStepEvent,
  type RunLogs,
  type RunLogsOptions,
  stepEventLine,
  writeRunLogs,
} from './run-logs/write-run-logs.ts';
export type { RecordedArtifact, RecordedStep, RunRecord } from './run-record.ts';
export { type ArtifactContent, type StoreArtifactOptions, storeArtifact } from './store-artifact.ts';
export { type ContentFacts, type IndexOptions, indexTar } from './tar-index.ts';

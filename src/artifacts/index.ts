export { type CollectedArtifacts, type CollectOptions, collectArtifacts } from './collect.ts';
export { ArtifactError, type ArtifactErrorCode } from './error.ts';
export {
  artifactKey,
  containerKey,
  type FolderObject,
  keepInFolder,
  stepArtifactKey,
} from './keep-in-folder.ts';
export { formatSize, listing } from './listing.ts';
export type { ArtifactManifest, ManifestEntry } from './manifest.ts';
export {
  DEFAULT_RETENTION,
  type Departure,
  planRetention,
  type RetentionRules,
} from './retention.ts';
export type { RecordedArtifact, RecordedStep, RunRecord } from './run-record.ts';

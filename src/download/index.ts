export {
  type AnswerDownloadOptions,
  answerDownload,
  type DownloadMeter,
  type DownloadSource,
  untilGone,
} from './answer-download.ts';
export type { DownloadContent } from './content.ts';
export { readCachedManifest } from './contents/cached-manifest.ts';
export { type ContentCache, type ContentCacheOptions, createContentCache } from './contents/content-cache.ts';
export { findEntry } from './contents/find-entry.ts';
export { type OpenFolderArchiveOptions, openArchiveOfFolder } from './contents/folder-layout.ts';
export { type IndexStoredTarOptions, indexStoredTar } from './contents/index-stored-tar.ts';
export { type ArchiveFormat, type OpenArchiveOptions, openArchiveOf } from './contents/layout-content.ts';
export {
  type OciDownloads,
  type OciDownloadsOptions,
  openOciDownloads,
} from './contents/oci-downloads.ts';
export { openStoredObject, type StoredObjectOptions } from './contents/stored-object.ts';
export type { StoredTar, TarSource } from './contents/stored-tar.ts';
export { type OpenedTarEntry, type OpenTarEntryOptions, openTarEntry } from './contents/tar-entry.ts';
export {
  ARTIFACT_NOT_FOUND_TEXT,
  ARTIFACT_PATH,
  type ArtifactRouteOptions,
  artifactRoute,
} from './contract/artifact-route.ts';
export { artifactResource } from './contract/ask.ts';
export { type Access, authorize, type Claim } from './links/authorize.ts';
export { LinkError, type LinkErrorCode } from './links/error.ts';
export { type LinkKeys, parseLinkKeys, readLinkKeys } from './links/link-keys.ts';
export { type RunLinkOptions, signRunLink } from './links/links-to.ts';
export {
  type LinkRefusal,
  type LinkResource,
  type LinkSignature,
  type SignLinkOptions,
  signLink,
  type VerifyLinkOptions,
  verifyLink,
} from './links/sign-link.ts';
export {
  answerGrowingLog,
  answerLogSoFar,
  type GrowingLogOptions,
  type LogRequest,
} from './logs/answer-log.ts';
export { DownloadRefusal, type RefusalCode } from './refusal.ts';
export { type FoundArtifact, type OpenedContent, openAsked, type RunStores } from './runs/open-asked.ts';
export { type ArtifactQuery, artifactPath, type Carried, runPage } from './runs/paths.ts';
export { type RunRoutesOptions, runRoutes } from './runs/routes.ts';
export { mediaTypeOf } from './transfer/content-headers.ts';
export { type SendChunksOptions, type SendOutcome, sendChunks } from './transfer/send-chunks.ts';
export { type SendOptions, sendContent } from './transfer/send-content.ts';

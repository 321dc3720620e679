export { CacheError, type CacheErrorCode } from './error.ts';
export {
  type Checked,
  type CheckProgress,
  checkRepository,
  type IncompleteRef,
  type Problem,
  type Pruned,
  pinRefs,
  prune,
  type RepositoryStatus,
  repositoryStatus,
  unpinRefs,
} from './health/index.ts';
export {
  type ObjectKind,
  type ObjectName,
  objectFileName,
  objectPath,
  parseObjectFileName,
} from './ostree/object-name.ts';
export type {
  Commit,
  DirMeta,
  DirTree,
  FileHeader,
  Summary,
  SummaryRef,
  Xattr,
} from './ostree/objects.ts';
export type { PullProgress } from './pull/fetch-context.ts';
export {
  type AskedCache,
  isHad,
  type PullFromCachesOptions,
  pullable,
  pullFromCaches,
} from './pull/pull-from-caches.ts';
export { type PullOptions, type PullOutcome, type PullResult, pullRefs } from './pull/pull-refs.ts';
export { listRemote, openPullSource, type PullSource, type PullSourceOptions } from './pull/pull-source.ts';
export {
  askReceiver,
  PUSH_LIMITS,
  type Pushed,
  type PushOptions,
  type PushProgress,
  pushRefs,
} from './push/push-refs.ts';
export { parsePushUrl, pushTargetName } from './push/push-url.ts';
export { type SshCommand, sshCommand } from './push/ssh-words.ts';
export {
  missingOfUpload,
  type ReceiveUploadOptions,
  receiveUpload,
  type Uploaded,
  type UploadOptions,
} from './receive/receive-upload.ts';
export type { CacheEntry, CacheGroup } from './remotes/cache-group.ts';
export { pullAddress } from './remotes/pull-address.ts';
export { type RemotesInput, readRemotes } from './remotes/read-remotes.ts';
export type { PushTarget, RemoteCache } from './remotes/remote.ts';
export { type Remotes, remotesOf } from './remotes/remotes-of.ts';
export { initRepository } from './repository/init-repository.ts';
export { openRepository } from './repository/open-repository.ts';
export type {
  ListedObject,
  ListRefsOptions,
  ObjectReader,
  Published,
  PublishOptions,
  Ref,
  Repository,
  RepositorySettings,
  Staging,
  StagingOptions,
  StoredBytes,
  SummaryOutcome,
} from './repository/repository.ts';
export { stayedRefs } from './repository/stayed-refs.ts';
export { readBatch } from './serve/batch.ts';
export { type Place, type PlaceKind, parsePlace } from './serve/place.ts';
export {
  createRefPages,
  type ListedRef,
  type RefPage,
  type RefPageOptions,
  type RefPages,
} from './serve/ref-pages.ts';
export { type RepositorySize, repositorySizes } from './serve/repository-size.ts';
export {
  type ServedFile,
  type ServedRepository,
  type ServeRepositoryOptions,
  serveRepository,
} from './serve/serve-repository.ts';
export type { SmallFile } from './serve/small-files.ts';
export {
  type CheckedOut,
  type CheckoutOptions,
  type CommitSize,
  type CommitTreeOptions,
  type CommittedTree,
  checkoutTree,
  commitSize,
  commitTree,
  createSizes,
  type ListTreeOptions,
  listTree,
  type OpenTree,
  openTree,
  readTreeFile,
  type TreeEntry,
  type TreeFile,
  type TreeLimits,
  type TreeObjects,
  type TreeSource,
} from './tree/index.ts';
export {
  type UploadedRefs,
  type UploadRefsOptions,
  type UploadTarget,
  uploadRefs,
} from './upload/upload-refs.ts';
export {
  BATCH_MEDIA_TYPE,
  BATCH_PATH,
  CACHE_HEADER,
  CACHE_VERSION,
  CLOSURE_PATH,
  MAX_BATCH_BYTES,
} from './wire/batch.ts';
export { MAX_MISSING_BYTES, MISSING_PATH, PUBLISH_PATH } from './wire/upload.ts';

export { CacheError, type CacheErrorCode } from './error.ts';
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
export { parsePushUrl, pushTargetName } from './push/push-url.ts';
export type { CacheEntry, CacheGroup } from './remotes/cache-group.ts';
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

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
export type { PushTarget, RemoteCache } from './remotes/remote.ts';
export type {
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
} from './repository/repository.ts';

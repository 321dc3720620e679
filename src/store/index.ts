export { StoreError, type StoreErrorCode } from './error.ts';
export { fileChunks } from './fs/file-chunks.ts';
export { knownOfFile } from './fs/known-file.ts';
export { isKey, OWN_PART } from './key.ts';
export {
  type FolderLocation,
  type OciApiKey,
  type OciLocation,
  openStore,
  type S3Credentials,
  type S3Location,
  type StoreLocation,
} from './location.ts';
export {
  type OciRead,
  type OciReads,
  type OciReadsOptions,
  openOciReads,
} from './oci/oci-reads.ts';
export {
  OciEnvironmentError,
  type OciPlace,
  readOciEnvironment,
} from './oci/read-oci-environment.ts';
export { owned } from './owned.ts';
export type {
  ByteRange,
  ListOptions,
  ObjectContent,
  ObjectPage,
  ObjectStore,
  OpenOptions,
  PutOptions,
  PutResult,
  StoredObject,
} from './store.ts';

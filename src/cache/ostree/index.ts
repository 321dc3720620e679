export { checkObject, decodeFilez } from './check-object.ts';
export { decodeCommit, encodeCommit } from './commit.ts';
export { decodeDirMeta, encodeDirMeta } from './dirmeta.ts';
export { decodeDirTree, encodeDirTree } from './dirtree.ts';
export {
  decodeStoredHeader,
  encodeHashedHeader,
  encodeStoredHeader,
  MAX_HEADER_BYTES,
} from './file-header.ts';
export * from './gvariant/index.ts';
export { isObjectId, objectId } from './object-id.ts';
export {
  type ObjectKind,
  type ObjectName,
  objectFileName,
  objectPath,
  parseObjectFileName,
} from './object-name.ts';
export {
  type Commit,
  type DirMeta,
  type DirTree,
  type FileHeader,
  MAX_METADATA_BYTES,
  type Summary,
  type SummaryRef,
  type Xattr,
} from './objects.ts';
export { type OpenFilez, openFilez } from './open-filez.ts';
export { isPrivateRef } from './private-ref.ts';
export { isRefName } from './ref-name.ts';
export { decodeSummary, encodeSummary } from './summary.ts';
export { compareText } from './text-order.ts';
export { type VerifyOptions, verifyObject, verifyWholeObject } from './verify-object.ts';
export { type WalkLimits, walkCommit } from './walk-commit.ts';
export { type WrittenFilez, writeFilez } from './write-filez.ts';

export type { ByteReader } from './byte-reader.ts';
export { type CopyTreeOptions, copyTree } from './copy-tree.ts';
export { combineCrc32 } from './crc32-combine.ts';
export {
  type DigestedEntry,
  type DigestMemory,
  type DigestTreeOptions,
  digestTree,
  type FileDigest,
  type TreeDigest,
} from './digest-tree.ts';
export { parseDockerIgnore } from './docker-ignore.ts';
export { ArchiveError, type ArchiveErrorCode } from './error.ts';
export {
  type ExtractedEntry,
  type ExtractLimits,
  type ExtractOptions,
  extractTar,
  extractTarGz,
} from './extract.ts';
export { type IgnoreMatcher, parseIgnore } from './ignore.ts';
export {
  type ContentPiece,
  LAYOUT_VERSION,
  type Layout,
  type LayoutEntry,
  type LayoutOptions,
  type LayoutPiece,
} from './layout/layout.ts';
export { layoutTarGz } from './layout/tar-gz-layout.ts';
export { layoutTar } from './layout/tar-layout.ts';
export { layoutZip } from './layout/zip-layout.ts';
export { unlz4 } from './lz4.ts';
export type { CopyCounts } from './mirror.ts';
export { type PackOptions, packFolder, packItems, type TarItem, type TreeItem } from './pack.ts';
export { packEntries, type StreamedEntry } from './pack-entries.ts';
export { readFileFromTar } from './read-file.ts';
export { readTar, type TarEntry } from './read-tar.ts';
export { type RebasedEntry, type RebaseOptions, rebaseTar } from './rebase-tar.ts';
export { type ScannedEntry, type ScanOptions, scanTar } from './scan-tar.ts';
export { snappyFrames } from './snappy.ts';
export type { Owner } from './tar-output.ts';
export { type ReadEntry, readEntry } from './tar-read.ts';

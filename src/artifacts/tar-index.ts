import type { ManifestEntry } from './manifest.ts';

/** What is known of an artifact's content before it is stored. */
export interface ContentFacts {
  readonly sizeBytes: number;
  readonly crc32: number;
  /** In hex. Absent: the store tells. */
  readonly sha256?: string;
  /** Of a tar. Absent: too many. */
  readonly entries?: readonly ManifestEntry[];
}

/**
 * What is in a tar, without its first folder where there is one that all the rest is in. The chunks may be borrowed; they
 * are read to the end. Throws `ArtifactError`: `CORRUPT` (damaged, cut off, a sparse file), `UNSAFE` (a path or hard link
 * that leaves the folder), `TOO_LARGE` (more entries than a manifest holds).
 */
export function indexTar(_chunks: AsyncIterable<Uint8Array>): Promise<ManifestEntry[]> {
  throw new Error('not there yet');
}

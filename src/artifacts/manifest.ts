/** In a manifest. */
export const MAX_ENTRIES = 250_000;
/** Of an entry, in characters: what may be registered has no more (RFC 6838). */
export const MAX_MEDIA_TYPE = 255;

/**
 * What is in an artifact, made while it was stored. It lies beside the artifact in the store, under the artifact's key
 * and `.manifest.json`, and comes there after it: where there is a manifest, the artifact is complete.
 */
export interface ArtifactManifest {
  readonly version: 1;
  readonly runId: string;
  /** Unique in its run: `output`, a step's safe id, `container`. */
  readonly name: string;
  /** What a download of it is called: `output.tar`. */
  readonly fileName: string;
  /** Where it is in the store. */
  readonly key: string;
  readonly sizeBytes: number;
  /** In hex. */
  readonly sha256: string;
  /** From 0 to 2^32 - 1. */
  readonly crc32: number;
  readonly mediaType: string;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
  /** Absent: it stays until a retention rule takes it away. */
  readonly expiresAt?: number;
  /** In the order of the tar; absent where the artifact is no tar, and where there are too many. */
  readonly entries?: readonly ManifestEntry[];
  /** The tar has more in it than a manifest holds: 250,000 entries, or 64 MiB of what is said of them. */
  readonly entriesOmitted?: true;
}

/** A file, folder or link in an artifact that is a tar. */
export interface ManifestEntry {
  /** Relative, `/` between parts, without the first folder of the tar; unique, no part is empty, `.` or `..`. */
  readonly path: string;
  readonly type: 'file' | 'folder' | 'link';
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  /** Whole seconds since the epoch. */
  readonly modifiedAt: number;
  /** Of the content; 0 for what is no file. */
  readonly sizeBytes: number;
  /** Where the content begins in the tar; absent for what is no file. A hard link has its target's. */
  readonly offset?: number;
  /** Of a file's content, in hex. */
  readonly sha256?: string;
  readonly crc32?: number;
  readonly mediaType?: string;
  /** Of a link, as it was written. */
  readonly target?: string;
}

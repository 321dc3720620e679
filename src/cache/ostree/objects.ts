/** An extended attribute; names are bytes without NUL, in their order. */
export interface Xattr {
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

/** Who owns a directory and who may do what. */
export interface DirMeta {
  readonly uid: number;
  readonly gid: number;
  /** The whole `st_mode`: 0o40755. */
  readonly mode: number;
  readonly xattrs: readonly Xattr[];
}

/** One directory: its names in the order of their UTF-8 bytes. Ids are 64 hex digits. */
export interface DirTree {
  readonly files: readonly { readonly name: string; readonly file: string }[];
  readonly directories: readonly {
    readonly name: string;
    readonly dirtree: string;
    readonly dirmeta: string;
  }[];
}

/** A tree at a moment. Times in whole seconds since the epoch; ids are 64 hex digits. */
export interface Commit {
  /** Absent: none, as all artifacts have it. */
  readonly parent?: string;
  readonly subject: string;
  readonly body: string;
  readonly timestampSeconds: number;
  readonly dirtree: string;
  readonly dirmeta: string;
  /**
   * `a{sv}` as it was read, byte for byte; empty for what Slipway writes. Signatures and versions of others are in it.
   */
  readonly metadata: Uint8Array;
  /** `a(say)` as it was read; empty for what Slipway writes. */
  readonly related: Uint8Array;
}

/** What a file object says before its content. */
export interface FileHeader {
  /** Of the content, not compressed; 0 for symbolic links. */
  readonly sizeBytes: number;
  readonly uid: number;
  readonly gid: number;
  /** The whole `st_mode`: 0o100644, 0o120777. */
  readonly mode: number;
  /** Absent: a regular file. */
  readonly target?: string;
  readonly xattrs: readonly Xattr[];
}

/** One ref in a summary. */
export interface SummaryRef {
  readonly ref: string;
  readonly commit: string;
  /** Of the commit object. A client refuses a commit that is larger. */
  readonly commitSizeBytes: number;
  /** Absent where the writer did not say. */
  readonly timestampSeconds?: number;
}

/** The list of a repository's refs, as one file. */
export interface Summary {
  /** In the order of their UTF-8 bytes. */
  readonly refs: readonly SummaryRef[];
  /** Absent where the writer did not say. */
  readonly lastModifiedSeconds?: number;
}

/** libostree reads no metadata object or summary beyond it. */
export const MAX_METADATA_BYTES = 10 * 1024 * 1024;

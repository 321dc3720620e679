import type { ObjectName } from '../ostree/object-name.ts';
import type { Commit } from '../ostree/objects.ts';

/** A ref and the commit that it names. */
export interface Ref {
  readonly ref: string;
  readonly commit: string;
}

/** The bytes of an object as they are stored (files compressed), read once. Dispose it in any case. Chunks are borrowed, as in `store/`. */
export interface StoredBytes extends AsyncDisposable, AsyncIterable<Uint8Array> {
  readonly sizeBytes: number;
}

export interface OpenObjectOptions {
  /**
   * An object of up to 128 KiB that is a file of this machine is read when it is opened, and others wait meanwhile: for those
   * who want many of them one after the other, and serve nobody else. @defaultValue false
   */
  readonly smallAtOnce?: boolean;
}

/** What can be asked of objects wherever they are: a repository, one that is being filled, another machine's. */
export interface ObjectReader {
  /**
   * A commit, dirtree or dirmeta, at most `MAX_METADATA_BYTES`; `undefined` where it is not there. Its digest has been
   * checked: throws `CORRUPT_OBJECT` where it is another.
   */
  readMetadata(name: ObjectName): Promise<Uint8Array | undefined>;
}

/** An object and what is known of it without reading it. */
export interface ListedObject {
  readonly name: ObjectName;
  /** As it is stored. */
  readonly sizeBytes: number;
  /** When it was stored, or its commit was last used (`touch`), in milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** How a repository is kept; the group `[slipway]` of its `config`. */
export interface RepositorySettings {
  /** What objects may take together, in bytes. Absent: what the disk has. */
  readonly quotaBytes?: number;
  /** Room that stays free on the disk, in bytes. */
  readonly keepFreeBytes: number;
  /** A ref that names a complete commit is never moved. @defaultValue false */
  readonly writeOnce: boolean;
  /** The largest object that is taken, as it is stored and unpacked, in bytes. */
  readonly maxObjectBytes: number;
  /** Where objects are if not in the folder: `s3://bucket/prefix` or `oci://namespace/bucket/prefix`. */
  readonly objects?: string;
}

export interface RemoveObjectsOptions {
  /** What was stored or renewed since stays, in milliseconds since the epoch. @defaultValue nothing stays */
  readonly usedBefore?: number;
}

export interface ListRefsOptions {
  /** Whole components: `project` matches `project/x` and not `projects/x`. Absent: all. */
  readonly prefix?: string;
}

export interface PublishOptions {
  /** Checked under the lock, before anything is visible. @defaultValue nothing is refused */
  readonly mayWrite?: (ref: string) => boolean;
  /** A ref that names a complete commit stays as it is, and that is no error. @defaultValue the repository's setting */
  readonly writeOnce?: boolean;
  readonly signal?: AbortSignal;
}

export interface Published {
  /** Refs that name another commit now. */
  readonly moved: readonly Ref[];
  /** Refs that were left as they were: they named that commit already, or are written once. */
  readonly kept: readonly Ref[];
  /** Objects that were not there before. */
  readonly newObjects: number;
  readonly newBytes: number;
}

/** What the summary lists after it was rewritten. */
export interface SummaryOutcome {
  readonly refs: number;
  /** Refs that did not fit: no client reads a summary of more than `MAX_METADATA_BYTES`. The oldest ones. */
  readonly leftOut: number;
}

/**
 * Objects on their way into a repository: in a folder of its own on the same disk, invisible until `publish`. Disposing
 * it removes what was not published. All calls may be made at the same time, but for `publish`, which comes last.
 */
export interface Staging extends AsyncDisposable, ObjectReader {
  /** An empty file of its own to write to, for `adopt`. */
  temporaryFile(): Promise<string>;
  /**
   * Takes an object as it is stored, checking everything while it is written: the digest (of a file's unpacked content),
   * the size, that a compressed file ends where it says and is no bomb. Throws `CORRUPT_OBJECT`, `TOO_LARGE`, `NO_SPACE`.
   * An object that is already here or in the repository is read to its end and dropped.
   */
  add(
    name: ObjectName,
    content: AsyncIterable<Uint8Array>,
    options: { readonly sizeBytes: number },
  ): Promise<void>;
  /** The same for an object that is in memory, without detours; its bytes are borrowed until it resolves. */
  addWhole(name: ObjectName, bytes: Uint8Array): Promise<void>;
  /** Takes a file that the caller has just made and hashed itself. */
  adopt(name: ObjectName, temporaryFile: string): Promise<void>;
  /** Writes a commit, dirtree or dirmeta and returns its name. */
  addMetadata(kind: 'commit' | 'dirtree' | 'dirmeta', bytes: Uint8Array): Promise<ObjectName>;
  /** Whether it is here or in the repository. */
  has(name: ObjectName): Promise<boolean>;
  /**
   * Those that are neither here nor in the repository, in the order given: what is added next need not be looked for again.
   * Who asks counts on the others, and who prunes takes them for new.
   */
  missingOf(names: readonly ObjectName[]): Promise<readonly ObjectName[]>;
  /** The stored bytes, here or in the repository, not checked again; `undefined` where it is not there. */
  open(name: ObjectName): Promise<StoredBytes | undefined>;
  /**
   * Makes objects visible, then sets the refs, then rewrites the summary; each ref only to a commit from which everything
   * can be reached, here or in the repository. Nothing published is overwritten. After it resolves all of it survives a
   * crash. Throws `MISSING_OBJECT`, `CORRUPT_OBJECT`, `INVALID_REF`, `FORBIDDEN`, `NO_SPACE`, and then no ref was moved.
   */
  publish(refs: readonly Ref[], options?: PublishOptions): Promise<Published>;
}

export interface StagingOptions {
  /**
   * Whole objects stay for a day after a cut, where nobody sees them, so that the next staging has them.
   * @defaultValue false: nothing stays
   */
  readonly resumable?: boolean;
}

/**
 * An OSTree repository of the mode `archive-z2` in a folder, which `ostree` and any web server can use as well. Opened
 * by any number of processes at a time. Dispose it to let go of its resources; nothing is lost without.
 */
export interface Repository extends AsyncDisposable, ObjectReader {
  /** Absolute. */
  readonly folder: string;
  readonly settings: RepositorySettings;
  /** How large it is as it is stored; `undefined` where it is not there. */
  sizeOf(name: ObjectName): Promise<number | undefined>;
  /** Those that are not there, in the order given. */
  missingOf(names: readonly ObjectName[]): Promise<readonly ObjectName[]>;
  /** The stored bytes, not checked; `undefined` where it is not there. */
  open(name: ObjectName, options?: OpenObjectOptions): Promise<StoredBytes | undefined>;
  /** The commit of a ref; `undefined` where there is none of that name. Throws `INVALID_REF`. */
  readRef(ref: string): Promise<string | undefined>;
  /** All refs, in the order of their bytes. */
  listRefs(options?: ListRefsOptions): Promise<readonly Ref[]>;
  /** The commit object itself. Throws `MISSING_OBJECT`, `CORRUPT_OBJECT`. */
  readCommit(id: string): Promise<Commit>;
  openStaging(options?: StagingOptions): Promise<Staging>;
  /** Every object, in no order; what is published or removed meanwhile may be missed. */
  listObjects(): AsyncIterable<ListedObject>;
  /** Removes objects that are there and returns how many were. Only under the lock, and only what no ref needs. */
  removeObjects(names: readonly ObjectName[], options?: RemoveObjectsOptions): Promise<number>;
  /** Removes refs that exist, if any, brings the summary up to date, and returns those that were there. Their objects stay until they are pruned. */
  removeRefs(refs: readonly string[]): Promise<readonly string[]>;
  /** Reads every ref anew and rewrites the summary: what a timer of the original did. */
  refreshSummary(): Promise<SummaryOutcome>;
  /**
   * Runs `work` while nobody sets refs, writes the summary or prunes; waits its turn. The kernel frees the lock of a process
   * that is gone. Calls of this repository that need the lock do not wait for it within `work`.
   */
  withLock<T>(work: () => Promise<T>, options?: { readonly signal?: AbortSignal }): Promise<T>;
  /** Notes that somebody used it, for the order in which artifacts are let go. Cheap; at most once in a minute per commit. */
  touch(commit: string): Promise<void>;
}

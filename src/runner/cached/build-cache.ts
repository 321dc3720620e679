import type { RunEvent } from '../../kernel/index.ts';

/**
 * Where cached builds are: a repository on this machine, with other caches behind it. Its implementation is the
 * program's; a run knows refs and trees, and nothing of how they are kept. Any number of runs may use it at once.
 */
export interface BuildCache {
  /** Of the program, for the record of who made a build. */
  readonly version: string;
  /** What the kept log shows of an event: whole lines, without colour. */
  readonly lines: (event: RunEvent) => readonly string[];
  /**
   * The build of this ref: of this machine, else fetched from the first other cache that has it. `undefined` where none
   * has it, and where one that could not be asked or is damaged was told by a notice. Does not throw for trouble with a
   * cache.
   */
  find(ref: string, options: FindOptions): Promise<CachedBuild | undefined>;
  /** The build on this machine whose ref begins with these components and that was made last; `undefined` without one. */
  newest(prefix: string): Promise<CachedBuild | undefined>;
  /**
   * Commits a tree under a ref and sends it to the caches that take builds. What is in the repository of this machine
   * stays whole whenever it is stopped. Trouble with another cache is told by a notice. Throws `CacheError` for trouble on this machine.
   */
  save(build: BuildToSave): Promise<SavedBuild>;
}

export interface FindOptions {
  readonly signal: AbortSignal;
  readonly onNotice: (level: 'info' | 'warning', text: string) => void;
}

/** A tree of the cache. Paths are relative, `/` between parts. Nothing of it was checked before it is read. */
export interface CachedBuild {
  /** 64 hex digits. */
  readonly commit: string;
  /** Where it was found, for people. */
  readonly from: string;
  /**
   * A file of the tree, checked against its digest; `undefined` where there is none. Throws `CacheError`, where it is
   * larger than `maxBytes` too.
   */
  read(path: string, maxBytes: number): Promise<Buffer | undefined>;
  /** The same in pieces; throws at the end where the digest is another one. */
  open(path: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Notes that it was used, for the order in which builds are let go. */
  touch(): Promise<void>;
}

/** A part of the tree: a whole folder or a file of this machine, or bytes. */
export type TreePart = { readonly path: string } & (
  | { readonly folder: string }
  | { readonly file: string }
  | { readonly content: Uint8Array }
);

export interface BuildToSave extends FindOptions {
  readonly ref: string;
  readonly parts: readonly TreePart[];
}

export interface SavedBuild {
  readonly commit: string;
  readonly newBytes: number;
  /** Caches beside this machine's, for people. */
  readonly pushedTo: readonly string[];
}

/** What kind of thing a cached build depends on. */
export type CacheInputKind = 'format' | 'pipeline' | 'box' | 'service' | 'step' | 'environment' | 'source';

/** One thing that a cached build depends on. */
export interface CacheInput {
  readonly kind: CacheInputKind;
  /** Which one of its kind, for people, unique within it: the step's name, the variable, the path. */
  readonly name: string;
  /** SHA-256 of all of it, in hex. Absent for a secret: a short one could be guessed from it. */
  readonly digest?: string;
  /** Its value decides the key, and is in no record. */
  readonly isSecret?: boolean;
  /** What people are shown of it: an image's digest, a version, why it counts. */
  readonly shown?: string;
}

/** One file, link or folder of the source. */
export interface SourceEntry {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  readonly mode: number;
  /** A file's SHA-256 in hex, a link's target, nothing for a folder. */
  readonly content: string;
}

/** What identifies what a run makes: two runs with one key make the same. */
export interface CacheKey {
  /** 64 hex digits. */
  readonly key: string;
  /** In the order in which they went into the key. */
  readonly inputs: readonly CacheInput[];
  /** All that is in the source; one of the inputs is the digest of it. */
  readonly source: readonly SourceEntry[];
  /** What somebody should know of a hit, each a sentence without a full stop: a run's own id is in it. */
  readonly warnings: readonly string[];
}

/** Why what a run makes cannot be taken from another one: each a sentence for people, without a full stop. */
export interface NotCacheable {
  readonly reasons: readonly string[];
}

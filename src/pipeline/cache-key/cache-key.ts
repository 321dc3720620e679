/** What kind of thing a cached build depends on. */
export type CacheInputKind = 'format' | 'pipeline' | 'box' | 'service' | 'step' | 'environment' | 'source';

/** One thing that a cached build depends on. */
export interface CacheInput {
  readonly kind: CacheInputKind;
  /** Which one of its kind, for people: the step's name, the variable, the path. */
  readonly name: string;
  /** SHA-256 of all of it, in hex. Of a secret this is not to be written anywhere: see `isSecret`. */
  readonly digest: string;
  /** What people are shown of it: an image's digest, a value. Absent: nothing but the digest. */
  readonly shown?: string;
  /** Its value decides the key, and is in no record: a short one could be guessed from its digest. */
  readonly isSecret?: true;
}

/** What identifies what a run makes: two runs with one key make the same. */
export interface CacheKey {
  /** 64 hex digits. */
  readonly key: string;
  /** In the order in which they went into the key. */
  readonly inputs: readonly CacheInput[];
}

/** Why what a run makes cannot be taken from another one: each a sentence for people, without a full stop. */
export interface NotCacheable {
  readonly reasons: readonly string[];
}

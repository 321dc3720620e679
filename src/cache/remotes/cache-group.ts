/** One cache in the form of BuildStream 1.1 and later. */
export interface CacheEntry {
  readonly url: string;
  readonly push?: boolean;
  /** It names certificates, which only the gRPC caches of BuildStream 1.2 have. */
  readonly isGrpc?: boolean;
  /** `file:line:column` where there is one of its own. */
  readonly origin?: string;
}

/** What one place says of caches: a level of the configuration, or the command line. */
export interface CacheGroup {
  /** For messages: `file:line`, or the flags. */
  readonly origin: string;
  /** The three of the first form belong together. */
  readonly pullUrl?: string;
  readonly pushUrl?: string;
  readonly pushPort?: number;
  /** The later form: one mapping with `url`, or a list of them. */
  readonly caches?: readonly CacheEntry[];
  /** One mapping and no list: an `ssh://` address in it is pushed to unless it says otherwise, as in 1.0. */
  readonly isSingle?: boolean;
}

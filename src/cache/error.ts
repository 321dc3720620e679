import { visibleText } from '../kernel/index.ts';

export type CacheErrorCode =
  /** An object is not what its name says, or not of its format. Nothing of it was kept. */
  | 'CORRUPT_OBJECT'
  /** More than the limits allow: an object, a header, a listing, what a compressed file grows to. */
  | 'TOO_LARGE'
  /** An object that is needed is not there. */
  | 'MISSING_OBJECT'
  /** The name is none of a ref. */
  | 'INVALID_REF'
  /** There is no ref of that name. */
  | 'NO_REF'
  /** The caller may not write this ref, or may not write at all. */
  | 'FORBIDDEN'
  /** The ref names something else already, and is written once. */
  | 'REF_EXISTS'
  /** The folder or address holds no repository. */
  | 'NO_REPOSITORY'
  /** A repository, but not one that Slipway can use; the message says what is wrong. */
  | 'BAD_REPOSITORY'
  /** There is no room, or the quota is used up and nothing can be let go. */
  | 'NO_SPACE'
  /** The other side says what its protocol does not know, or ended in the middle. */
  | 'PROTOCOL'
  /** The other side cannot be reached, or answers with an error of its own. */
  | 'UNAVAILABLE'
  /** The other side refused, and said why. */
  | 'REFUSED'
  /** A configuration of caches that means nothing; the message names file and key. */
  | 'INVALID_CONFIGURATION'
  /** A tree that cannot be stored: a device, a name that is not UTF-8; or a place that cannot be written. */
  | 'BAD_TREE';

/**
 * Trouble with an artifact cache. Callers branch on `code`. Messages hold no credentials; what they quote of others, from a
 * proxy's words to a name in a tree, is nothing that a terminal would act on.
 */
export class CacheError extends Error {
  readonly code: CacheErrorCode;
  /** What to do about it, where there is something. */
  readonly hint?: string;

  constructor(code: CacheErrorCode, message: string, options?: ErrorOptions & { readonly hint?: string }) {
    super(visibleLines(message), options);
    this.name = 'CacheError';
    this.code = code;
    if (options?.hint !== undefined) this.hint = visibleLines(options.hint);
  }
}

const visibleLines = (text: string): string => text.split('\n').map(visibleText).join('\n');

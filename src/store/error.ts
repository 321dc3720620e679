export type StoreErrorCode =
  /** The key is none: see `ObjectStore`. */
  | 'INVALID_KEY'
  /** The key is below another object's key, or above. */
  | 'CONFLICT'
  /** `ifAbsent`, and there is one. */
  | 'EXISTS'
  /** The content is not what its digest or its size said. Nothing was stored. */
  | 'DIGEST_MISMATCH'
  | 'SIZE_MISMATCH'
  /** There is no room, or a quota is used up. Nothing was stored. */
  | 'NO_SPACE'
  /** Another version is there than the one that was asked for. */
  | 'CHANGED'
  /** The store ended an object before its end. */
  | 'TRUNCATED'
  /** Credentials are missing or not good enough. */
  | 'FORBIDDEN'
  /** The bucket or folder itself is not there. */
  | 'NO_STORE'
  /** It answers with an error of its own, or cannot be reached; the call was tried again as often as is sensible. */
  | 'UNAVAILABLE'
  /** It did not answer in time. */
  | 'TIMEOUT'
  /** It answers what its protocol does not know. */
  | 'PROTOCOL';

/** Trouble with a store. Callers branch on `code`. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

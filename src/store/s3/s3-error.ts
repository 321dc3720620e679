import { StoreError, type StoreErrorCode } from '../error.ts';
import type { Attempt, Bucket } from './bucket.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/** What S3 calls its refusals, by what they mean to us. */
const WORDS: ReadonlyMap<string, StoreErrorCode> = new Map([
  ['AccessDenied', 'FORBIDDEN'],
  ['AllAccessDisabled', 'FORBIDDEN'],
  ['CredentialsProviderError', 'FORBIDDEN'],
  ['ExpiredToken', 'FORBIDDEN'],
  ['InvalidAccessKeyId', 'FORBIDDEN'],
  ['InvalidToken', 'FORBIDDEN'],
  ['RequestTimeTooSkewed', 'FORBIDDEN'],
  ['SignatureDoesNotMatch', 'FORBIDDEN'],
  ['TokenProviderError', 'FORBIDDEN'],
  ['NoSuchBucket', 'NO_STORE'],
  ['InvalidBucketName', 'NO_STORE'],
  ['AuthorizationHeaderMalformed', 'NO_STORE'],
  ['IllegalLocationConstraintException', 'NO_STORE'],
  ['PermanentRedirect', 'NO_STORE'],
  ['TemporaryRedirect', 'NO_STORE'],
  ['BadDigest', 'DIGEST_MISMATCH'],
  ['XAmzContentSHA256Mismatch', 'DIGEST_MISMATCH'],
  ['EntityTooLarge', 'NO_SPACE'],
  ['QuotaExceeded', 'NO_SPACE'],
  ['RequestTimeout', 'TIMEOUT'],
  ['TimeoutError', 'TIMEOUT'],
]);

const STATUSES: ReadonlyMap<number, StoreErrorCode> = new Map([
  [301, 'NO_STORE'],
  [307, 'NO_STORE'],
  [401, 'FORBIDDEN'],
  [403, 'FORBIDDEN'],
  [408, 'TIMEOUT'],
  [429, 'UNAVAILABLE'],
  [501, 'PROTOCOL'],
  [507, 'NO_SPACE'],
]);

/** What to do about it, where that is not to try again later. */
function advice(code: StoreErrorCode, refusal: Refusal, { location }: Bucket): string {
  if (refusal.name === 'CredentialsProviderError' || refusal.name === 'TokenProviderError') {
    return ': give an access key and its secret key, or set what AWS programs read (AWS_ACCESS_KEY_ID, AWS_PROFILE)';
  }
  if (refusal.name === 'RequestTimeTooSkewed') return ': the clock of this machine is wrong';
  if (code === 'FORBIDDEN') return ': check the access key, and what it may do with this bucket';
  if (refusal.name === 'NoSuchBucket') return ': make the bucket first, or name another one';
  if (refusal.name === 'NotImplemented') {
    return ': it cannot do a part of what was asked, perhaps encrypt the object itself (SSE-S3)';
  }
  if (code === 'NO_STORE' && refusal.region !== undefined && refusal.region !== location.region) {
    return `: the bucket is in the region ${refusal.region}, not in ${location.region}`;
  }
  if (code === 'NO_STORE') return `: the bucket is not in the region ${location.region}, or its name is none`;
  return '';
}

/** A name that S3 or Node made, and nothing that a server could hide a secret or a control sequence in. */
const isWord = (name: string): boolean => /^[A-Za-z][A-Za-z0-9_]{1,63}$/.test(name) && name !== 'Error';

function codeOf({ name, status }: Refusal, system: string | undefined): StoreErrorCode {
  if (system === 'ETIMEDOUT') return 'TIMEOUT';
  if (system !== undefined) return 'UNAVAILABLE'; // the SDK calls some of them timeouts
  const known = WORDS.get(name) ?? STATUSES.get(status ?? 0);
  if (known !== undefined) return known;
  return status !== undefined && status >= 500 ? 'UNAVAILABLE' : 'PROTOCOL';
}

// Node's: ECONNRESET, ENOTFOUND, CERT_HAS_EXPIRED. A reply that is no XML has none.
function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : undefined;
}

/**
 * Trouble as the port tells it. The server's own text stays out, and so does the SDK's error: they repeat the access key,
 * the signature and the query of what was asked.
 */
export function asStoreError(error: unknown, bucket: Bucket, { what }: Attempt): StoreError {
  if (error instanceof StoreError) return error;
  const refusal = refusalOf(error);
  const system = refusal.status === undefined ? systemCode(error) : undefined;
  const code = codeOf(refusal, system);
  const said = saying(refusal, system, code);
  return new StoreError(code, `could not ${what} in ${bucket.name}: ${said}${advice(code, refusal, bucket)}`);
}

function saying({ name, status }: Refusal, system: string | undefined, code: StoreErrorCode): string {
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError')
    return 'there are no usable credentials';
  if (code === 'TIMEOUT') return 'it did not answer in time';
  if (system !== undefined) return `it cannot be reached (${system})`;
  if (status === undefined)
    return isWord(name) ? `the request could not be made (${name})` : 'no answer of S3 came';
  const word = isWord(name) && name !== 'Unknown' && name !== 'UnknownError' ? ` ${name}` : '';
  return code === 'PROTOCOL' && status < 400
    ? 'its answer is none that S3 gives'
    : `it answered with ${status}${word}`;
}

import type { ContentCheck } from '../content-check.ts';
import { StoreError } from '../error.ts';
import type { PutOptions } from '../store.ts';
import type { Bucket } from './bucket.ts';
import { call } from './call.ts';
import { headObject, isExpired } from './head-object.ts';
import { etagOf, putIdOf } from './object-fields.ts';
import type { Refusal } from './refusal.ts';

/** One put, from its first byte to its object. */
export interface Put {
  readonly key: string;
  /** Kept with the object. */
  readonly id: string;
  readonly check: ContentCheck;
  readonly options: PutOptions;
  /** Parts that the store has: their memory takes others, which the garbage collector would come too late for. */
  readonly spare: Uint8Array[];
  /** What has to be so at the moment in which the object comes to be. */
  readonly condition: { readonly IfNoneMatch?: '*'; readonly IfMatch?: string };
}

const REFUSED = Symbol('refused');

/** Its name is taken, two are at it at once, or what it was to replace or to be made of is gone. */
const isOvertaken = ({ status, name }: Refusal): boolean =>
  status === 412 || status === 409 || name === 'NoSuchUpload' || name === 'NoSuchKey';

/**
 * Sends the request that makes the object, and returns its ETag. Where an answer gets lost the client asks again, and is
 * told that the upload is gone or the name taken: by this very put, perhaps. The id that its object keeps tells.
 */
export async function commit(
  bucket: Bucket,
  put: Put,
  send: (options: { readonly abortSignal?: AbortSignal }) => Promise<{ readonly ETag?: string | undefined }>,
): Promise<string> {
  const { key, id, options } = put;
  const { signal } = options;
  const what = `put "${key}"`;
  const answer = await call(bucket, { what, signal }, send, (refusal) =>
    isOvertaken(refusal) ? REFUSED : undefined,
  );
  if (answer !== REFUSED) {
    if (answer.ETag !== undefined) return answer.ETag;
    throw new StoreError('PROTOCOL', `could not ${what} in ${bucket.name}: its answer names no ETag`);
  }
  const found = await headObject(bucket, key, signal);
  if (found !== undefined && putIdOf(found.answer) === id) return etagOf(found.object.version);
  if (options.ifAbsent && found !== undefined && !isExpired(found.object, bucket.now())) {
    throw new StoreError('EXISTS', `"${key}" is there already in ${bucket.name}`);
  }
  throw new StoreError(
    'UNAVAILABLE',
    `could not ${what} in ${bucket.name}: others changed it at the same time, try again`,
  );
}

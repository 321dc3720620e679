import { HeadBucketCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { StoreError } from '../error.ts';
import type { StoredObject } from '../store.ts';
import type { Bucket } from './bucket.ts';
import { call } from './call.ts';
import { listObjects } from './list-objects.ts';
import { type AnsweredFields, storedObject } from './object-fields.ts';

/** An object as the bucket has it, expired or not. */
export interface FoundObject {
  readonly object: StoredObject;
  readonly answer: AnsweredFields;
}

const ABSENT = Symbol('absent');
const WRONG = Symbol('wrong');

/** What the bucket knows of a key; `undefined` where it has no such object. Throws `NO_STORE` where there is no bucket. */
export async function headObject(
  bucket: Bucket,
  key: string,
  signal: AbortSignal | undefined,
): Promise<FoundObject | undefined> {
  const command = new HeadObjectCommand({ Bucket: bucket.location.bucket, Key: key });
  const answer = await call(
    bucket,
    { what: `look at "${key}"`, signal },
    (options) => bucket.client.send(command, options),
    ({ status }) => (status === 404 ? ABSENT : status === 400 ? WRONG : undefined),
  );
  if (answer === WRONG) throw await reasonOf(bucket, key, signal);
  if (answer === ABSENT) {
    await makeSureOf(bucket, signal);
    return undefined;
  }
  bucket.isKnown = true;
  return { object: storedObject(key, answer.ContentLength, answer), answer };
}

/** Why a HEAD was refused with 400: another region, a session that is over. Its answer cannot say that, a listing's does. */
async function reasonOf(bucket: Bucket, key: string, signal: AbortSignal | undefined): Promise<StoreError> {
  await listObjects(bucket, { limit: 1, ...(signal !== undefined && { signal }) });
  return new StoreError('PROTOCOL', `could not look at "${key}" in ${bucket.name}: it answered with 400`);
}

/** Asks once whether the bucket is there: to a HEAD, a bucket that is not answers like an object that is not. */
async function makeSureOf(bucket: Bucket, signal: AbortSignal | undefined): Promise<void> {
  if (bucket.isKnown) return;
  const command = new HeadBucketCommand({ Bucket: bucket.location.bucket });
  const isMissing = await call(
    bucket,
    { what: 'look for the bucket', signal },
    async (options) => {
      await bucket.client.send(command, options);
      return false;
    },
    ({ status }) => (status === 404 ? true : status === 403 ? false : undefined),
  );
  if (isMissing) {
    throw new StoreError('NO_STORE', `there is no bucket ${bucket.name}: make it first, or name another one`);
  }
  bucket.isKnown = true;
}

/** Whether it is as good as gone. */
export const isExpired = ({ expiresAt }: StoredObject, now: number): boolean =>
  expiresAt !== undefined && expiresAt <= now;

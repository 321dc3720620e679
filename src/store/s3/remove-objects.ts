import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { checkKey } from '../key.ts';
import type { StoredObject } from '../store.ts';
import type { Bucket } from './bucket.ts';
import { call } from './call.ts';
import { headObject, isExpired } from './head-object.ts';
import { listObjects } from './list-objects.ts';
import { etagOf } from './object-fields.ts';

/** Looks first: S3 says the same whether or not there was an object. */
export async function removeObject(
  bucket: Bucket,
  key: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  checkKey(key);
  const found = await headObject(bucket, key, signal);
  if (found === undefined) return false;
  const command = new DeleteObjectCommand({ Bucket: bucket.location.bucket, Key: key });
  await call(bucket, { what: `remove "${key}"`, signal }, (options) => bucket.client.send(command, options));
  return !isExpired(found.object, bucket.now());
}

/** How many objects are looked at at once: a listing does not say when they expire. */
const AT_ONCE = 8;

export async function removeExpiredObjects(
  bucket: Bucket,
  { prefix, now, signal }: { readonly prefix?: string; readonly now: number; readonly signal?: AbortSignal },
): Promise<string[]> {
  const removed: string[] = [];
  let after: string | undefined;
  do {
    const page = await listObjects(bucket, {
      ...(prefix !== undefined && { prefix }),
      ...(after !== undefined && { after }),
      ...(signal !== undefined && { signal }),
    });
    const waiting = [...page.objects];
    const takeTurns = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        if (await removeIfExpired(bucket, next.key, { now, signal })) removed.push(next.key);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, takeTurns)).finally(() => waiting.splice(0));
    after = page.next;
  } while (after !== undefined);
  return removed;
}

async function removeIfExpired(
  bucket: Bucket,
  key: string,
  { now, signal }: { readonly now: number; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const found = await headObject(bucket, key, signal);
  return (
    found !== undefined && isExpired(found.object, now) && (await removeVersion(bucket, found.object, signal))
  );
}

/** Removes this version only: one that has just taken the place of what expired stays. */
async function removeVersion(
  bucket: Bucket,
  { key, version }: StoredObject,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const target = { Bucket: bucket.location.bucket, Key: key, IfMatch: etagOf(version) };
  const command = new DeleteObjectCommand(target);
  return await call(
    bucket,
    { what: `remove "${key}"`, signal },
    async (options) => {
      await bucket.client.send(command, options);
      return true;
    },
    ({ name, status }) => (status === 412 || name === 'NoSuchKey' ? false : undefined),
  );
}

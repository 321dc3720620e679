import { ListObjectsV2Command, type ListObjectsV2Output } from '@aws-sdk/client-s3';
import { StoreError } from '../error.ts';
import { compareKeys, isKey } from '../key.ts';
import type { ListOptions, ObjectPage, StoredObject } from '../store.ts';
import type { Bucket } from './bucket.ts';
import { call } from './call.ts';
import { storedObject } from './object-fields.ts';

/** S3 lists in the order of UTF-8 bytes, and says nothing of an object's own fields. */
export async function listObjects(bucket: Bucket, options: ListOptions): Promise<ObjectPage> {
  const { prefix, after, limit = 1000, signal } = options;
  const command = new ListObjectsV2Command({
    Bucket: bucket.location.bucket,
    MaxKeys: limit,
    EncodingType: 'url', // other programs' keys may hold what XML cannot
    ...(prefix !== undefined && { Prefix: prefix }),
    ...(after !== undefined && { StartAfter: after }),
  });
  const answer = await call(bucket, { what: 'list the objects', signal }, (sending) =>
    bucket.client.send(command, sending),
  );
  bucket.isKnown = true;
  const wrong = (why: string): StoreError =>
    new StoreError('PROTOCOL', `could not list the objects in ${bucket.name}: ${why}`);
  const listed = listedIn(answer, wrong);
  const next = answer.IsTruncated ? listed.at(-1)?.key : undefined;
  if (answer.IsTruncated && next === undefined) throw wrong('a page is empty and not the last');
  // Whoever reads page by page would never come to an end.
  if (next !== undefined && after !== undefined && compareKeys(next, after) <= 0)
    throw wrong('a page ends before its beginning');
  // What is no key of ours, as the markers that other programs take for folders, is not there for us.
  const objects = listed.filter(({ key }) => isKey(key));
  return { objects, ...(next !== undefined && { next }) };
}

function listedIn(
  { Contents = [], EncodingType }: ListObjectsV2Output,
  wrong: (why: string) => StoreError,
): StoredObject[] {
  const decoded = (key: string): string => {
    try {
      return EncodingType === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
    } catch {
      throw wrong('a key is not encoded as it says');
    }
  };
  return Contents.flatMap((entry) =>
    entry.Key === undefined ? [] : [storedObject(decoded(entry.Key), entry.Size, entry)],
  );
}

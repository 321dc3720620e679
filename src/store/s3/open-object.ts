import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { StoreError } from '../error.ts';
import { checkKey } from '../key.ts';
import { cutRange } from '../range.ts';
import type { ByteRange, ObjectContent, OpenOptions, StoredObject } from '../store.ts';
import type { Bucket } from './bucket.ts';
import { call } from './call.ts';
import { headObject, isExpired } from './head-object.ts';
import { etagOf, storedObject } from './object-fields.ts';
import { readObject } from './read-object.ts';
import type { Refusal } from './refusal.ts';

/** What an answer to a GET gave: the object, and its bytes from where they were asked for. */
interface Piece {
  readonly object: StoredObject;
  readonly body: Readable;
}

/** Opens an object with the request that its bytes come with; what is cut or left alone is asked for again from there. */
export async function openObject(
  bucket: Bucket,
  key: string,
  options: OpenOptions,
): Promise<ObjectContent | undefined> {
  checkKey(key);
  const { range, ifVersion, signal } = options;
  const piece =
    range !== undefined && range.start >= range.end
      ? 'beyond'
      : await getPiece(bucket, key, { range, version: ifVersion, signal });
  if (piece === undefined) return undefined;
  if (piece === 'beyond') return await openNothing(bucket, key, options);
  const { object, body } = piece;
  const cut = cutRange(range, object.sizeBytes);
  if (isExpired(object, bucket.now()) || cut.start === cut.end) {
    body.destroy();
    return isExpired(object, bucket.now()) ? undefined : emptyContent(object, cut);
  }
  const reopen = (start: number): Promise<Readable> =>
    getRest(bucket, object, { range: { start, end: cut.end }, signal });
  const reader = readObject({ bucket, object, range: cut, body, signal, reopen });
  return {
    object,
    range: cut,
    [Symbol.asyncIterator]: () => reader[Symbol.asyncIterator](),
    [Symbol.asyncDispose]: async () => reader.close(),
  };
}

interface Wanted {
  readonly range: ByteRange | undefined;
  readonly version?: string | undefined;
  readonly signal: AbortSignal | undefined;
}

// `bytes=5-` where the end is not known: 2^53 is no end that a server has to understand.
const rangeHeader = ({ start, end }: ByteRange): string =>
  `bytes=${start}-${Number.isSafeInteger(end) ? end - 1 : ''}`;

/** What a refusal of a GET means: no object, or nothing of it in that range. */
function expectedRefusal({ name, status }: Refusal): 'absent' | 'beyond' | 'changed' | undefined {
  if (status === 416) return 'beyond';
  if (status === 412) return 'changed';
  return name === 'NoSuchKey' ? 'absent' : undefined;
}

async function getPiece(
  bucket: Bucket,
  key: string,
  { range, version, signal }: Wanted,
): Promise<Piece | 'beyond' | undefined> {
  const command = new GetObjectCommand({
    Bucket: bucket.location.bucket,
    Key: key,
    ...(range !== undefined && { Range: rangeHeader(range) }),
    ...(version !== undefined && { IfMatch: etagOf(version) }),
  });
  const attempt = { what: `read "${key}"`, signal };
  const answer = await call(
    bucket,
    attempt,
    (options) => bucket.client.send(command, options),
    expectedRefusal,
  );
  if (answer === 'absent') return undefined;
  if (answer === 'beyond') return 'beyond';
  if (answer === 'changed') throw changed(bucket, key);
  bucket.isKnown = true;
  const { Body: body } = answer;
  if (!(body instanceof Readable)) throw strange(bucket, key, 'has no body');
  body.on('error', () => undefined); // it is told to whoever reads; an error that nobody reads ends no process
  try {
    const { start, sizeBytes } = placeOf(answer);
    if (start !== (range?.start ?? 0)) throw strange(bucket, key, 'is of another range');
    const object = storedObject(key, sizeBytes, answer);
    // Some servers that speak the protocol do not know If-Match.
    if (version !== undefined && object.version !== version) throw changed(bucket, key);
    return { object, body };
  } catch (error) {
    body.destroy();
    throw error;
  }
}

const strange = (bucket: Bucket, key: string, how: string): StoreError =>
  new StoreError('PROTOCOL', `could not read "${key}" in ${bucket.name}: its answer ${how}`);

const changed = (bucket: Bucket, key: string): StoreError =>
  new StoreError('CHANGED', `"${key}" is another version by now in ${bucket.name}`);

/** Where the bytes of an answer begin in the object, and how long that is: `bytes 5-9/20`. */
function placeOf({
  ContentRange,
  ContentLength,
}: Pick<GetObjectCommandOutput, 'ContentRange' | 'ContentLength'>): {
  readonly start: number | undefined;
  readonly sizeBytes: number | undefined;
} {
  if (ContentRange === undefined) return { start: 0, sizeBytes: ContentLength };
  const [, start, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(ContentRange) ?? [];
  return {
    start: start === undefined ? undefined : Number(start),
    sizeBytes: size === undefined ? undefined : Number(size),
  };
}

/** The rest of an object that was opened before. */
async function getRest(
  bucket: Bucket,
  { key, version }: StoredObject,
  wanted: { readonly range: ByteRange; readonly signal: AbortSignal | undefined },
): Promise<Readable> {
  const piece = await getPiece(bucket, key, { ...wanted, version });
  if (piece !== undefined && piece !== 'beyond') return piece.body;
  throw new StoreError('TRUNCATED', `"${key}" was removed from ${bucket.name} while it was read`);
}

/** A range in which there is nothing: only what the object is has to be asked. */
async function openNothing(
  bucket: Bucket,
  key: string,
  { range, ifVersion, signal }: OpenOptions,
): Promise<ObjectContent | undefined> {
  const found = await headObject(bucket, key, signal);
  if (found === undefined || isExpired(found.object, bucket.now())) return undefined;
  const { object } = found;
  if (ifVersion !== undefined && object.version !== ifVersion) throw changed(bucket, key);
  const { start } = cutRange(range, object.sizeBytes);
  return emptyContent(object, { start, end: start });
}

const emptyContent = (object: StoredObject, range: ByteRange): ObjectContent => ({
  object,
  range,
  async *[Symbol.asyncIterator]() {},
  async [Symbol.asyncDispose]() {},
});

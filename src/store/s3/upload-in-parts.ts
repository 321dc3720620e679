import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { StoreError } from '../error.ts';
import type { Bucket } from './bucket.ts';
import { call } from './call.ts';
import { newObjectFields } from './object-fields.ts';
import { MAX_PARTS } from './part-size.ts';
import { commit, type Put } from './put.ts';
import { sendWithAcl } from './send-with-acl.ts';

/** Parts on their way at once; one more is being filled meanwhile: 64 MiB of memory. */
const AT_ONCE = 3;

/** For taking a failed upload away, which no signal stops. */
const ABORT_MS = 30_000;

interface Upload {
  readonly bucket: Bucket;
  readonly put: Put;
  readonly id: string;
  /** Names the upload in every request about it. */
  readonly target: { readonly Bucket: string; readonly Key: string; readonly UploadId: string };
}

interface Uploaded {
  readonly etag: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Uploads parts, those at hand and then the others, and completes them to an object; takes them away where that fails. */
export async function uploadInParts(
  bucket: Bucket,
  put: Put,
  atHand: readonly Uint8Array[],
  others: AsyncIterable<Uint8Array>,
): Promise<Uploaded> {
  const upload = await begin(bucket, put);
  const ending = new AbortController();
  const sending = new Set<Promise<void>>();
  try {
    const parts = await sendAll(upload, joined(atHand, others), { sending, ending });
    return await complete(upload, parts);
  } catch (error) {
    ending.abort();
    await Promise.allSettled(sending); // a part that arrives after the upload was taken away would stay, and cost
    throw await withoutUpload(upload, error);
  }
}

async function* joined(
  first: Iterable<Uint8Array>,
  then: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* then;
}

async function begin(bucket: Bucket, put: Put): Promise<Upload> {
  const { key, options } = put;
  const { sha256, mediaType, expiresAt, signal } = options;
  const where = { Bucket: bucket.location.bucket, Key: key };
  const fields = newObjectFields(bucket, { sha256, mediaType, expiresAt, putId: put.id });
  const what = `begin the upload of "${key}"`;
  const { UploadId } = await call(bucket, { what, signal }, (sending) =>
    sendWithAcl(bucket, (acl) =>
      bucket.client.send(new CreateMultipartUploadCommand({ ...where, ...fields, ...acl }), sending),
    ),
  );
  if (UploadId === undefined) {
    throw new StoreError('PROTOCOL', `could not ${what} in ${bucket.name}: its answer names no upload`);
  }
  return { bucket, put, id: UploadId, target: { ...where, UploadId } };
}

interface Flow {
  readonly sending: Set<Promise<void>>;
  readonly ending: AbortController;
}

async function sendAll(
  upload: Upload,
  parts: AsyncIterable<Uint8Array>,
  { sending, ending }: Flow,
): Promise<CompletedPart[]> {
  const { options } = upload.put;
  const signal =
    options.signal === undefined ? ending.signal : AbortSignal.any([options.signal, ending.signal]);
  const all: Promise<CompletedPart>[] = [];
  let partBytes: number | undefined;
  for await (const part of parts) {
    partBytes ??= part.length;
    const number = all.length + 1;
    if (number > MAX_PARTS) throw tooLong(upload.put.key, part.length);
    const one = sendPart(upload, { number, part, signal });
    // One that failed stays among those that are waited for, so that the next wait ends with its error.
    const left = one.then(() => {
      sending.delete(left);
      if (part.length === partBytes) upload.put.spare.push(part);
    });
    left.catch(() => undefined);
    sending.add(left);
    all.push(one);
    if (sending.size >= AT_ONCE) await Promise.race(sending);
  }
  return await Promise.all(all);
}

const tooLong = (key: string, partBytes: number): StoreError =>
  new StoreError(
    'NO_SPACE',
    `could not put "${key}": of a content whose size it is not told S3 takes ${MAX_PARTS} parts of ${partBytes} bytes`,
  );

async function sendPart(
  { bucket, put, target }: Upload,
  {
    number,
    part,
    signal,
  }: { readonly number: number; readonly part: Uint8Array; readonly signal: AbortSignal },
): Promise<CompletedPart> {
  const command = new UploadPartCommand({
    ...target,
    PartNumber: number,
    Body: part,
    ContentLength: part.length,
  });
  const what = `send part ${number} of "${put.key}"`;
  const { ETag } = await call(bucket, { what, signal }, (options) => bucket.client.send(command, options));
  if (ETag !== undefined) return { PartNumber: number, ETag };
  throw new StoreError('PROTOCOL', `could not ${what} to ${bucket.name}: its answer names no ETag`);
}

async function complete({ bucket, put, target }: Upload, parts: CompletedPart[]): Promise<Uploaded> {
  const measured = put.check.finish();
  const command = new CompleteMultipartUploadCommand({
    ...target,
    MultipartUpload: { Parts: parts },
    ...put.condition,
  });
  const etag = await commit(bucket, put, (options) => bucket.client.send(command, options));
  return { etag, ...measured };
}

/** Takes a failed upload away. What was wrong first is what is told, and that something stays where that fails as well. */
async function withoutUpload({ bucket, put, target }: Upload, error: unknown): Promise<unknown> {
  const attempt = { what: `take the upload of "${put.key}" back`, signal: AbortSignal.timeout(ABORT_MS) };
  const command = new AbortMultipartUploadCommand(target);
  try {
    await call(
      bucket,
      attempt,
      (options) => bucket.client.send(command, options),
      ({ name, status }) => (name === 'NoSuchUpload' || status === 404 ? true : undefined),
    );
    return error;
  } catch {
    if (!(error instanceof StoreError)) return error;
    const left =
      'its unfinished upload could not be taken back: a lifecycle rule of the bucket can remove it';
    return new StoreError(error.code, `${error.message}; ${left}`, { cause: error.cause });
  }
}

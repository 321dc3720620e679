import { randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { abortable } from '../abortable.ts';
import { checkContent } from '../content-check.ts';
import { StoreError } from '../error.ts';
import { checkKey } from '../key.ts';
import type { PutOptions, PutResult } from '../store.ts';
import type { Bucket } from './bucket.ts';
import { cutIntoParts } from './cut-into-parts.ts';
import { headObject, isExpired } from './head-object.ts';
import { etagOf, keptFields, newObjectFields, versionOf } from './object-fields.ts';
import { partBytesFor } from './part-size.ts';
import { commit, type Put } from './put.ts';
import { sendWithAcl } from './send-with-acl.ts';
import { uploadInParts } from './upload-in-parts.ts';

/**
 * Puts an object: what fits one part at once, all else as a multipart upload, which nobody sees before it is completed.
 * Either way the content has been counted and hashed before the request that makes it an object.
 */
export async function putObject(
  bucket: Bucket,
  key: string,
  content: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<PutResult> {
  checkKey(key);
  options.signal?.throwIfAborted();
  const put: Put = {
    key,
    id: randomUUID(),
    check: checkContent(key, options),
    options,
    spare: [],
    condition: options.ifAbsent ? await absence(bucket, key, options.signal) : {},
  };
  const { etag, ...measured } = await send(bucket, put, content);
  return {
    key,
    ...measured,
    modifiedAt: bucket.now(),
    version: versionOf(etag),
    ...keptFields(options),
  };
}

/** What has to be so for an object to be put where there is none. Throws `EXISTS`. */
async function absence(
  bucket: Bucket,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Put['condition']> {
  const found = await headObject(bucket, key, signal);
  if (found === undefined) return { IfNoneMatch: '*' };
  if (isExpired(found.object, bucket.now())) return { IfMatch: etagOf(found.object.version) };
  throw new StoreError('EXISTS', `"${key}" is there already in ${bucket.name}`);
}

interface Sent {
  readonly etag: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

async function send(bucket: Bucket, put: Put, content: AsyncIterable<Uint8Array>): Promise<Sent> {
  const partBytes = bucket.partBytes ?? partBytesFor(put.options.sizeBytes);
  const parts = cutIntoParts(checked(put, content), { partBytes, spare: put.spare });
  try {
    const first = await parts.next();
    const body = first.done ? new Uint8Array() : first.value;
    const second = body.length < partBytes ? undefined : await parts.next();
    if (second === undefined || second.done) return await putAtOnce(bucket, put, body);
    return await uploadInParts(bucket, put, [body, second.value], parts);
  } finally {
    await parts.return();
  }
}

async function* checked(
  { check, options }: Put,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of abortable(content, options.signal)) {
    check.add(chunk);
    yield chunk;
  }
}

// The signature covers the digest of the body, and S3 takes no other one.
async function putAtOnce(bucket: Bucket, put: Put, body: Uint8Array): Promise<Sent> {
  const measured = put.check.finish();
  const { key, id, options, condition } = put;
  const { mediaType, expiresAt } = options;
  const input = {
    Bucket: bucket.location.bucket,
    Key: key,
    Body: body,
    ContentLength: body.length,
    ...newObjectFields(bucket, { mediaType, expiresAt, sha256: measured.sha256, putId: id }),
    ...condition,
  };
  const etag = await commit(bucket, put, (sending) =>
    sendWithAcl(bucket, (acl) => bucket.client.send(new PutObjectCommand({ ...input, ...acl }), sending)),
  );
  return { etag, ...measured };
}

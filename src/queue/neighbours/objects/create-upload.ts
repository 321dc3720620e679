import type { z } from 'zod';
import type { ArtifactUrls } from '../../artifact-urls.ts';
import { QueueError } from '../../error.ts';
import {
  changeUpload,
  type ObjectPlaces,
  type OfRun,
  objectName,
  openUpload,
  requireUpload,
  storeBytes,
  withPromises,
} from '../../objects/index.ts';
import type { ArtifactRecord } from '../../queue.ts';
import { type CreatedUpload, type CreateUpload, MAX_INLINE_BYTES } from './schema.ts';

type Request = z.infer<typeof CreateUpload>;
type Answer = z.infer<typeof CreatedUpload>;

interface Uploading extends ObjectPlaces {
  readonly urls: ArtifactUrls;
  readonly baseUrl: string;
}

/** Agrees on how the bytes of an object come; those that are in the request are stored at once. */
export async function createUpload(on: Uploading, of: OfRun, request: Request): Promise<Answer> {
  const record = await openUpload(on, of);
  requireUpload(record, request);
  const expires = new Date(record.expires).toISOString();
  if (Date.parse(request.expires) !== record.expires)
    throw new QueueError('RequestConflict', `The object ${objectName(of)} expires at ${expires}.`);
  const { projectId, uploadId, hashes } = request;
  if (hashes !== undefined)
    await changeUpload(on, of, ({ details }) => {
      return withPromises(details, hashes);
    });
  return { projectId, uploadId, expires, uploadMethod: await agree(on, record, request) };
}

async function agree(
  on: Uploading,
  record: ArtifactRecord,
  { proposedUploadMethods: { dataInline, putUrl } }: Request,
): Promise<Answer['uploadMethod']> {
  if (dataInline !== undefined) {
    const data = Buffer.from(dataInline.objectData, 'base64');
    if (data.length > MAX_INLINE_BYTES)
      throw new QueueError('InputError', `objectData has more than ${MAX_INLINE_BYTES} bytes: use putUrl.`);
    requireLength(record, data.length);
    const content = { content: oneChunk(data), mediaType: dataInline.contentType, sizeBytes: data.length };
    await storeBytes(on, record, content);
    return { dataInline: true };
  }
  if (putUrl === undefined) return {};
  requireLength(record, putUrl.contentLength);
  const { url, expiresAt } = on.urls.uploadUrl(record, putUrl, on.baseUrl);
  const headers = { 'content-type': putUrl.contentType, 'content-length': String(putUrl.contentLength) };
  return { putUrl: { url, expires: new Date(expiresAt).toISOString(), headers } };
}

function requireLength({ contentLength }: ArtifactRecord, found: number): void {
  if (contentLength === undefined || contentLength === found) return;
  throw new QueueError(
    'InputError',
    `The object has ${found} bytes: its artifact was to have ${contentLength}.`,
  );
}

async function* oneChunk(data: Buffer): AsyncGenerator<Uint8Array> {
  if (data.length > 0) yield data;
}

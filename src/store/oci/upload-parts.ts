import { StoreError } from '../error.ts';
import { headersOnly, json } from './answers.ts';
import { md5Of, type Part } from './gather-parts.ts';
import { MAX_PARTS } from './limits.ts';
import { metadata, readEtag } from './object-headers.ts';
import { objectPath } from './object-path.ts';
import { MultipartUpload } from './schema.ts';
import { type Stored, settle, type Upload, uploadError } from './upload.ts';

interface SentPart {
  readonly partNum: number;
  readonly etag: string;
}

/**
 * Uploads a content in parts, a few at the same time, and joins them. Until then nobody sees the object; where it fails
 * the parts are removed. `finish` says what was sent, or throws. Throws as the port says.
 */
export async function uploadParts(
  upload: Upload,
  first: Part,
  others: AsyncIterable<Part>,
  finish: () => Pick<Stored, 'sizeBytes' | 'sha256'>,
): Promise<Stored> {
  const uploadId = await beginUpload(upload);
  try {
    const parts = await sendParts(upload, uploadId, chain(first, others));
    const gathered = finish();
    return { ...gathered, ...(await join(upload, uploadId, parts)) };
  } catch (error) {
    await removeParts(upload, uploadId);
    throw error;
  }
}

const pathOf = ({ key }: Upload): string => `/u/${objectPath(key)}`;

// Repeated after an answer that was lost, it leaves an upload without parts behind, which holds nothing.
async function beginUpload({ client, key, options, what, id, condition }: Upload): Promise<string> {
  const { mediaType, sha256, signal } = options;
  const { result } = await client.call(
    {
      what,
      method: 'POST',
      path: '/u',
      headers: condition,
      json: {
        object: key,
        ...(mediaType !== undefined && { contentType: mediaType }),
        metadata: metadata(options, sha256, id), // a digest that was not told is known too late for it
      },
      signal,
    },
    json(MultipartUpload),
  );
  if (result.ok) return result.value.uploadId;
  throw uploadError(result.error, what);
}

async function* chain(first: Part, others: AsyncIterable<Part>): AsyncGenerator<Part> {
  yield first;
  yield* others;
}

/** Sends all parts. Where one fails, or the content does, the others are stopped. */
async function sendParts(
  upload: Upload,
  uploadId: string,
  parts: AsyncIterable<Part>,
): Promise<readonly SentPart[]> {
  const stop = new AbortController();
  const given = upload.options.signal;
  const signal = given === undefined ? stop.signal : AbortSignal.any([given, stop.signal]);
  const all: Promise<SentPart>[] = [];
  const running = new Set<Promise<unknown>>();
  try {
    for await (const part of parts) {
      if (all.length === MAX_PARTS) throw tooLong(upload);
      if (running.size >= upload.client.limits.partsAtOnce) await Promise.race(running);
      const sent = sendPart(upload, uploadId, part, all.length + 1, signal);
      all.push(sent);
      running.add(sent);
      sent.then(
        () => running.delete(sent),
        () => undefined, // stays, so that the next wait throws it
      );
    }
    return await Promise.all(all);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(all);
    throw error;
  }
}

async function sendPart(
  upload: Upload,
  uploadId: string,
  part: Part,
  partNum: number,
  signal: AbortSignal,
): Promise<SentPart> {
  const { client, what } = upload;
  const answer = await client.demand(
    {
      what,
      method: 'PUT',
      path: pathOf(upload),
      query: { uploadId, uploadPartNum: String(partNum) },
      headers: { 'content-md5': md5Of(part) },
      content: part.pieces,
      signal,
    },
    headersOnly,
  );
  return { partNum, etag: readEtag(answer, what) };
}

async function join(
  upload: Upload,
  uploadId: string,
  parts: readonly SentPart[],
): Promise<Pick<Stored, 'version' | 'modifiedAt'>> {
  const outcome = await upload.client.call(
    {
      what: upload.what,
      method: 'POST',
      path: pathOf(upload),
      query: { uploadId },
      headers: upload.condition,
      json: { partsToCommit: parts },
      signal: upload.options.signal,
    },
    headersOnly,
  );
  return await settle(upload, outcome);
}

/** Whoever gave up does not stop this. Where it fails, the reason why the upload failed is still the one to tell. */
async function removeParts(upload: Upload, uploadId: string): Promise<void> {
  const call = {
    what: upload.what,
    method: 'DELETE',
    path: pathOf(upload),
    query: { uploadId },
    signal: AbortSignal.timeout(upload.client.limits.cleaningTimeoutMs),
  } as const;
  await upload.client.call(call, headersOnly).catch(() => undefined);
}

const tooLong = ({ what, client }: Upload): StoreError =>
  new StoreError(
    'NO_SPACE',
    `${what}: it is longer than ${MAX_PARTS} parts of ${client.limits.partBytes} bytes: tell its size`,
  );

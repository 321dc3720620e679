import type { FastifyReply } from 'fastify';
import { StoreError } from '../../store/index.ts';
import { QueueError } from '../error.ts';
import { JSON_TYPE, type StreamCall } from '../own-routes/stream-route.ts';
import type { ArtifactRecord } from '../queue.ts';
import { isCoding, storedType } from './content-encoding.ts';
import { requireSignature, storedRecord } from './content-record.ts';
import type { ContentRoutesOptions } from './content-routes.ts';

const SILENCE_MS = 120_000;

/** Stores the body of a request as the bytes of an artifact: all of them, or nothing. */
export async function takeContent(call: StreamCall, options: ContentRoutesOptions): Promise<FastifyReply> {
  const { request, reply } = call;
  const { queue, store, contentKey, now, stallTimeoutMs = SILENCE_MS } = options;
  const { 'content-type': contentType = '', 'content-encoding': coding } = request.raw.headers;
  requireSignature(call, { use: 'put', contentType, key: contentKey, now: now() });
  const { record, key } = await storedRecord(call, queue, now());
  const sizeBytes = lengthOf(request.headers['content-length'], record, coding);
  if (coding !== undefined && !isCoding(coding)) {
    throw new QueueError(
      'InputError',
      `content-encoding is "${coding.slice(0, 100)}": expected one coding, or none.`,
    );
  }
  // Whoever sends may be slow, and for hours, but sends something.
  request.raw.socket.setTimeout(stallTimeoutMs);
  const stored = await store
    .put(key, request.raw.iterator({ destroyOnReturn: false }), {
      mediaType: storedType(record.contentType, coding),
      ...(sizeBytes !== undefined && { sizeBytes }),
    })
    .catch((error: unknown) => {
      throw wasCut(error, request.raw.complete)
        ? new QueueError('InputError', 'The body ended early.')
        : error;
    });
  const answer = { sizeBytes: stored.sizeBytes, sha256: stored.sha256 };
  return reply.header('etag', `"${stored.sha256}"`).type(JSON_TYPE).send(JSON.stringify(answer));
}

const wasCut = (error: unknown, isComplete: boolean): boolean =>
  !isComplete && !(error instanceof StoreError);

/** What the body's length is to be. A length that was declared is that of the content, before any coding. */
function lengthOf(
  header: string | undefined,
  { contentLength }: ArtifactRecord,
  coding: string | undefined,
): number | undefined {
  const found = header === undefined ? undefined : Number(header);
  if (contentLength === undefined || coding !== undefined) return found;
  if (found === undefined || found === contentLength) return contentLength;
  throw new QueueError('InputError', `The body has ${found} bytes: ${contentLength} were declared.`);
}

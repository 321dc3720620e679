import type { FastifyReply } from 'fastify';
import { QueueError } from '../error.ts';
import type { StreamCall } from '../own-routes/stream-route.ts';
import type { ArtifactRecord } from '../queue.ts';
import { isCoding, storedType } from './content-encoding.ts';
import { requireSignature, storedRecord } from './content-record.ts';
import type { ContentRoutesOptions } from './content-routes.ts';
import { answerStored, takeBody } from './take-body.ts';

/** Stores the body of a request as the bytes of an artifact: all of them, or nothing. */
export async function takeContent(call: StreamCall, options: ContentRoutesOptions): Promise<FastifyReply> {
  const { request } = call;
  const { queue, store, contentKey, now } = options;
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
  const stored = await takeBody(call, options, (content) =>
    store.put(key, content, {
      mediaType: storedType(record.contentType, coding),
      ...(sizeBytes !== undefined && { sizeBytes }),
    }),
  );
  await queue.noteStored(record, stored.sizeBytes);
  return answerStored(call, stored);
}

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

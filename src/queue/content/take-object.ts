import type { FastifyReply } from 'fastify';
import { QueueError } from '../error.ts';
import { storeBytes } from '../objects/index.ts';
import type { StreamCall } from '../own-routes/stream-route.ts';
import { requireSignature } from './content-record.ts';
import type { ContentRoutesOptions } from './content-routes.ts';
import { answerStored, takeBody } from './take-body.ts';

/** Stores the body of a request as the bytes of an object whose upload goes on: all of them, or nothing. */
export async function takeObject(call: StreamCall, options: ContentRoutesOptions): Promise<FastifyReply> {
  const { length = '' } = call.query;
  const { 'content-type': mediaType = '', 'content-encoding': coding } = call.request.raw.headers;
  const { contentKey: key, now } = options;
  requireSignature(call, { use: 'upload', contentType: mediaType, length, key, now: now() });
  const found = call.request.headers['content-length'];
  if (found !== undefined && Number(found) !== Number(length))
    throw new QueueError('InputError', `The body has ${found} bytes: ${length} were declared.`);
  if (coding !== undefined && coding !== 'identity')
    throw new QueueError('InputError', 'Objects are sent as they are, without a content-encoding.');
  const stored = await takeBody(call, options, (content) =>
    storeBytes(options, call, { content, mediaType, sizeBytes: Number(length) }),
  );
  await options.queue.noteStored(call, stored.sizeBytes);
  return answerStored(call, stored);
}

import type { FastifyReply } from 'fastify';
import { StoreError } from '../../store/index.ts';
import { QueueError } from '../error.ts';
import { JSON_TYPE, type StreamCall } from '../own-routes/stream-route.ts';
import type { ContentRoutesOptions } from './content-routes.ts';

const SILENCE_MS = 120_000;

/** Gives the body of a request to what stores it. Throws `InputError` where it is cut. */
export async function takeBody<T>(
  { request: { raw } }: StreamCall,
  { stallTimeoutMs = SILENCE_MS }: ContentRoutesOptions,
  store: (content: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  // Whoever sends may be slow, and for hours, but sends something.
  raw.socket.setTimeout(stallTimeoutMs);
  return await store(raw.iterator({ destroyOnReturn: false })).catch((error: unknown) => {
    const isKnown = error instanceof StoreError || error instanceof QueueError;
    throw raw.complete || isKnown ? error : new QueueError('InputError', 'The body ended early.');
  });
}

/** Says what was stored. */
export function answerStored(
  { reply }: StreamCall,
  { sizeBytes, sha256 }: { readonly sizeBytes: number; readonly sha256: string },
): FastifyReply {
  return reply.header('etag', `"${sha256}"`).type(JSON_TYPE).send(JSON.stringify({ sizeBytes, sha256 }));
}

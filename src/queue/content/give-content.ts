import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyReply } from 'fastify';
import {
  answerDownload,
  type DownloadContent,
  mediaTypeOf,
  openStoredObject,
  sendChunks,
  untilGone,
} from '../../download/index.ts';
import type { StreamCall } from '../own-routes/stream-route.ts';
import { authorize } from '../service/authorize.ts';
import { codingOf, takesCoding } from './content-encoding.ts';
import { noContent, readableContent, requireSignature } from './content-record.ts';
import type { ContentRoutesOptions } from './content-routes.ts';

const STALL_TIMEOUT_MS = 120_000;

/** Gives the bytes of an artifact back as they came, or decoded where the client does not take their coding. */
export async function giveContent(
  call: StreamCall,
  options: ContentRoutesOptions,
): Promise<FastifyReply | undefined> {
  const { request, reply, name } = call;
  const { queue, store, meter, now } = options;
  requireReader(call, options);
  const { key, contentType } = await readableContent(call, queue, now());
  const opened = await openStoredObject(store, key, { fileName: name, signal: untilGone(reply) });
  if (opened === undefined) throw noContent(call);
  const content = { ...opened, mediaType: contentType };
  const disposition = isShown(contentType) ? 'inline' : 'attachment';
  // What is asked for with a signature is for whoever has it.
  const headers = { 'cache-control': 'private, no-cache' };
  const answer = (all: Readonly<Record<string, string>>): Promise<void> =>
    answerDownload({
      ...{ request, reply, content, meter, disposition },
      source: 'artifact',
      headers: all,
      ...stalls(options),
    });
  const coding = codingOf(opened.mediaType) ?? (await codingOfCopy(content, untilGone(reply)));
  if (coding === undefined) {
    await answer(headers);
    return undefined;
  }
  const coded = { ...headers, vary: 'Accept-Encoding' };
  if (coding !== 'gzip' || takesCoding(request.headers['accept-encoding'], coding)) {
    await answer({ ...coded, 'content-encoding': coding });
    return undefined;
  }
  return await giveDecoded(call, options, {
    content,
    headers: { ...coded, 'content-disposition': disposition },
  });
}

const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);

/**
 * What a store knows of an object does not come along where somebody copies its folder, and the coding is part of that. No text
 * begins as gzip does, so that logs stay logs on another disk.
 */
async function codingOfCopy(content: DownloadContent, gone: AbortSignal): Promise<string | undefined> {
  const { sha256, sizeBytes, mediaType } = content;
  if (sha256 !== undefined || sizeBytes < GZIP.length || !mediaType.startsWith('text/')) return undefined;
  const first: Buffer[] = [];
  for await (const chunk of content.read({ start: 0, end: GZIP.length }, gone))
    first.push(Buffer.from(chunk));
  return GZIP.equals(Buffer.concat(first)) ? 'gzip' : undefined;
}

const stalls = ({ stallTimeoutMs }: ContentRoutesOptions) =>
  stallTimeoutMs === undefined ? {} : { stallTimeoutMs };

/** A signed address is enough; so are the scopes of whoever calls. */
function requireReader(call: StreamCall, { contentKey, now }: ContentRoutesOptions): void {
  if (call.query['signature'] === undefined) authorize(call.caller(), `queue:get-artifact:${call.name}`);
  else requireSignature(call, { use: 'get', contentType: '', key: contentKey, now: now() });
}

/** What a browser shows by itself; it runs nothing of it here. */
const isShown = (contentType: string): boolean =>
  /^(?:text\/|image\/|audio\/|video\/|application\/(?:json|pdf)\b)/i.test(contentType);

interface Decoded {
  readonly content: DownloadContent;
  readonly headers: Readonly<Record<string, string>>;
}

/** How long it is becomes known at its end: there are no ranges, and no length. */
async function giveDecoded(
  { request, reply }: StreamCall,
  { meter, stallTimeoutMs = STALL_TIMEOUT_MS }: ContentRoutesOptions,
  { content, headers }: Decoded,
): Promise<FastifyReply> {
  async function* decoded(gone: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const bytes = content.read({ start: 0, end: content.sizeBytes }, gone);
    const coded = Readable.from(copied(bytes), { objectMode: false });
    const gunzip = createGunzip();
    coded.once('error', (error) => gunzip.destroy(error));
    try {
      for await (const chunk of coded.pipe(gunzip)) yield chunk as Buffer; // nobody has set an encoding
    } finally {
      coded.destroy();
      gunzip.destroy();
    }
  }
  const ended = meter.begin('artifact');
  let outcome: Awaited<ReturnType<typeof sendChunks>> | undefined;
  try {
    outcome = await sendChunks({
      response: reply.raw,
      status: 200,
      headers: { ...headers, 'content-type': mediaTypeOf(content), 'accept-ranges': 'none' },
      body: request.method === 'HEAD' ? '' : decoded,
      signal: untilGone(reply),
      stallTimeoutMs,
    });
  } finally {
    ended(outcome);
  }
  if (outcome.end === 'failed') request.log.error({ err: outcome.error }, 'an artifact ended too early');
  return reply.hijack();
}

/** Chunks of stores are borrowed; what decodes keeps some for a while. */
async function* copied(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

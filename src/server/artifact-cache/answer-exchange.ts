import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticate } from '../../auth/index.ts';
import { BATCH_MEDIA_TYPE, readBatch, type ServedRepository } from '../../cache/index.ts';
import { DownloadRefusal, sendChunks, untilGone } from '../../download/index.ts';
import type { ByteGate } from '../../kernel/index.ts';
import type { AskedKind, CacheMeter } from './cache-meter.ts';
import { nothingThere } from './nothing.ts';
import { isReader } from './private-refs.ts';

/** What the answers of Slipway to Slipway need. */
export interface ExchangeOptions {
  readonly served: ServedRepository;
  readonly meter: CacheMeter;
  /** Tells who reads what is private. Absent: nobody may. */
  readonly authenticate?: Authenticate;
  /** Requests for many objects that go on. */
  readonly batches: ByteGate;
  readonly stallTimeoutMs: number;
}

const COMMIT = /^[0-9a-f]{64}$/;

/** `GET .slipway/closure/COMMIT`: what a commit needs, so that a client asks for all of it at once. */
export async function answerClosure(
  options: ExchangeOptions,
  commit: string,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<void> {
  const bytes = COMMIT.test(commit) ? await closureOf(options, commit, { request, reply }) : undefined;
  options.meter.asked('closure', bytes !== undefined);
  if (bytes === undefined) throw nothingThere();
  const isHead = request.method === 'HEAD';
  await send(options, { request, reply }, 'closure', {
    headers: { 'Content-Length': bytes.length },
    chunks: () => slices(isHead ? Buffer.alloc(0) : bytes),
  });
}

/** What a private commit needs is told to who may read its ref; to others it is not there. */
async function closureOf(
  { served, authenticate }: ExchangeOptions,
  commit: string,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<Buffer | undefined> {
  const ref = await served.privateRefOf(commit);
  if (ref !== undefined && !isReader(authenticate, ref, request.raw)) return undefined;
  return await served.closure(commit, untilGone(reply));
}

/** Lets one more request for many objects in, until its answer has ended; its body is in memory from then on. Throws where it may not. */
export function letBatchIn({ batches }: ExchangeOptions, { raw }: FastifyReply): void {
  const place = batches.tryHold(1);
  if (place === undefined) {
    const headers = { 'retry-after': '1' };
    throw new DownloadRefusal('BUSY', 'too many others are served: ask again, or for one object at a time', {
      headers,
    });
  }
  raw.once('close', () => place[Symbol.dispose]());
}

/** `POST .slipway/objects`: many objects in one answer. */
export async function answerBatch(
  options: ExchangeOptions,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<void> {
  const { served, meter } = options;
  const { body } = request;
  const entries = body instanceof Uint8Array ? readBatch(body) : undefined;
  if (entries === undefined)
    throw new DownloadRefusal('BAD_REQUEST', 'the request is no list of different objects');
  meter.asked('batch', true);
  await send(options, { request, reply }, 'batch', {
    headers: {},
    chunks: (signal) => served.batch(entries, { signal, onObject: meter.batched }),
  });
}

interface Sent {
  readonly headers: OutgoingHttpHeaders;
  readonly chunks: (signal: AbortSignal) => AsyncIterable<Uint8Array>;
}

async function send(
  { meter, stallTimeoutMs }: ExchangeOptions,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  kind: AskedKind,
  { headers, chunks }: Sent,
): Promise<void> {
  const outcome = await sendChunks({
    response: reply.raw,
    status: 200,
    headers: { 'Content-Type': BATCH_MEDIA_TYPE, 'Cache-Control': 'no-cache', ...headers },
    body: chunks,
    signal: untilGone(reply),
    stallTimeoutMs,
  });
  reply.hijack();
  meter.sent(kind, outcome.sentBytes);
  if (outcome.end === 'failed')
    request.log.error({ err: outcome.error, kind }, 'an answer of the artifact cache ended too early');
}

const SLICE_BYTES = 256 * 1024;

/** A slow reader's next ones wait until it has taken one. */
async function* slices(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES);
}

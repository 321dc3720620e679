import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Place, ServedFile, SmallFile } from '../../cache/index.ts';
import { type DownloadContent, sendContent, untilGone } from '../../download/index.ts';
import { unreachable } from '../../kernel/index.ts';
import { fileChunks } from '../../store/index.ts';
import type { CacheMeter } from './cache-meter.ts';
import { contentTag, objectTag, stateTag } from './entity-tag.ts';

const MEDIA_TYPE = 'application/octet-stream';

/** An object never changes under its name; what is not one is asked for anew each time, and what is private kept by nobody. */
function cachingOf({ kind, object, privateRef }: Place): string {
  if (privateRef !== undefined) return 'no-store';
  return object === undefined || kind === 'commitmeta' ? 'no-cache' : 'public, max-age=31536000, immutable';
}

const CONDITIONS = [
  'range',
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
] as const;

/** Whether a request is for all of a file, whatever its sender has already: what pulling programs send. */
export const isPlain = ({ headers }: IncomingMessage): boolean =>
  CONDITIONS.every((name) => headers[name] === undefined);

const smallTag = (place: Place, { bytes, stats }: SmallFile): string =>
  objectTag(place, stats.size, stats.mtimeMs) ?? contentTag(bytes);

/** The head of a good answer with all of a small file. */
export const smallHeaders = (place: Place, small: SmallFile): Record<string, string | number> => ({
  ETag: `"${smallTag(place, small)}"`,
  'Accept-Ranges': 'bytes',
  'Content-Type': MEDIA_TYPE,
  'Cache-Control': cachingOf(place),
  'Content-Length': small.bytes.length,
});

export interface AnswerFileOptions {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly place: Place;
  readonly meter: CacheMeter;
  readonly stallTimeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Answers with a file of the repository: conditions, ranges, bytes. Disposes nothing. Throws before anything is sent. */
export async function answerFile(served: ServedFile, options: AnswerFileOptions): Promise<void> {
  const { request, reply, place, meter, stallTimeoutMs, now } = options;
  if (served.type === 'small' && isPlain(request.raw)) {
    const { bytes } = served.small;
    const sent = request.raw.method === 'HEAD' ? undefined : bytes;
    reply.raw.writeHead(200, smallHeaders(place, served.small)).end(sent);
    reply.hijack();
    meter.sent(place.kind, sent?.length ?? 0);
    return;
  }
  // A store would have to read all that is before a range.
  if (served.type === 'stored') delete request.raw.headers.range;
  const outcome = await sendContent({
    request: request.raw,
    response: reply.raw,
    content: contentOf(served, place, now()),
    disposition: 'none',
    headers: {
      'Cache-Control': cachingOf(place),
      ...(served.type === 'stored' && { 'Accept-Ranges': 'none' }),
    },
    signal: untilGone(reply),
    stallTimeoutMs,
  });
  reply.hijack();
  meter.sent(place.kind, outcome.sentBytes);
  if (outcome.end !== 'failed') return;
  request.log.error({ err: outcome.error, path: place.path }, 'a file of the artifact cache ended too early');
}

/** The same as something that can be downloaded; it has nothing to dispose of. */
function contentOf(served: ServedFile, place: Place, now: number): DownloadContent {
  const base = { mediaType: MEDIA_TYPE, fileName: place.path, async [Symbol.asyncDispose]() {} };
  const { type } = served;
  switch (type) {
    case 'small': {
      const { bytes } = served.small;
      const etag = smallTag(place, served.small);
      return {
        ...base,
        sizeBytes: bytes.length,
        etag,
        read: ({ start, end }) => once(bytes.subarray(start, end)),
      };
    }
    case 'file': {
      const { file, stats } = served;
      const etag = objectTag(place, stats.size, stats.mtimeMs) ?? stateTag(stats, now);
      return {
        ...base,
        sizeBytes: stats.size,
        etag,
        read: (range, signal) => fileChunks(file, range, signal),
      };
    }
    case 'stored': {
      const { sizeBytes, chunks } = served.object;
      const etag = objectTag(place, sizeBytes) ?? contentTag(Buffer.from(place.path));
      return { ...base, sizeBytes, etag, read: (_range, signal) => chunks(signal) };
    }
    default:
      return unreachable(type);
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}

import { randomUUID } from 'node:crypto';
import type { ByteRange } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';
import { contentRange, mediaTypeOf } from './content-headers.ts';

interface Multipart {
  readonly mediaType: string;
  /** Of all of it. */
  readonly sizeBytes: number;
  /** Borrowed chunks. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Several ranges in one body (RFC 9110, section 14.6). */
export function multipartOf(content: DownloadContent, ranges: readonly ByteRange[]): Multipart {
  const boundary = randomUUID();
  const parts = ranges.map((range, index) => ({ range, head: partHead(content, range, boundary, index) }));
  const end = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    mediaType: `multipart/byteranges; boundary=${boundary}`,
    sizeBytes: parts.reduce(
      (sum, { range, head }) => sum + head.length + range.end - range.start,
      end.length,
    ),
    async *read(signal) {
      for (const { range, head } of parts) yield* readPart(content, range, head, signal);
      yield end;
    },
  };
}

function partHead(content: DownloadContent, range: ByteRange, boundary: string, index: number): Buffer {
  const lines = [
    `${index === 0 ? '' : '\r\n'}--${boundary}`,
    `content-type: ${mediaTypeOf(content)}`,
    `content-range: ${contentRange(range, content.sizeBytes)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

/** The content is asked before its head goes out: if it cannot be read at all, that is known while nothing is sent. */
async function* readPart(
  content: DownloadContent,
  range: ByteRange,
  head: Buffer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let isFirst = true;
  for await (const chunk of content.read(range, signal)) {
    if (isFirst) yield head;
    isFirst = false;
    yield chunk;
  }
}

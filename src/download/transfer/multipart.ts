import { randomUUID } from 'node:crypto';
import type { ByteRange } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';
import { contentRange } from './content-headers.ts';
import { exactly } from './exactly.ts';

interface Multipart {
  readonly mediaType: string;
  /** Of all of it. */
  readonly sizeBytes: number;
  /** Borrowed chunks. */
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Several ranges in one body (RFC 9110, section 14.6), with the media type of the content for each. */
export function multipartOf(
  content: DownloadContent,
  ranges: readonly ByteRange[],
  mediaType: string,
): Multipart {
  const boundary = randomUUID();
  const parts = ranges.map((range, index) => ({
    range,
    head: Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\n` +
        `content-type: ${mediaType}\r\n` +
        `content-range: ${contentRange(range, content.sizeBytes)}\r\n\r\n`,
    ),
  }));
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

/** The content is asked before its head goes out: if it cannot be read at all, that is known while nothing is sent. */
async function* readPart(
  content: DownloadContent,
  range: ByteRange,
  head: Buffer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let isFirst = true;
  for await (const chunk of exactly(content.read(range, signal), range.end - range.start)) {
    if (isFirst) yield head;
    isFirst = false;
    yield chunk;
  }
}

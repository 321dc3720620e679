import type { IncomingMessage } from 'node:http';
import { unreachable } from '../../kernel/index.ts';
import type { ByteRange } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';
import { parseRanges } from './byte-ranges.ts';
import {
  cacheHeaders,
  contentHeaders,
  contentRange,
  type Disposition,
  mediaTypeOf,
  validatorsOf,
} from './content-headers.ts';
import { multipartOf } from './multipart.ts';
import { checkConditions, rangeStillFits } from './preconditions.ts';

type Headers = Readonly<Record<string, string>>;

/** What a request is answered with. */
export interface Answer {
  readonly status: 200 | 206 | 304 | 412 | 416;
  readonly headers: Headers;
  /** Of the content, or a sentence of ours. */
  readonly body: Body | string;
}

/** A length, and as many bytes in borrowed chunks. */
export interface Body {
  readonly sizeBytes: number;
  read(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

interface Question {
  readonly request: Pick<IncomingMessage, 'method' | 'headers'>;
  readonly content: DownloadContent;
  readonly disposition?: Disposition;
  readonly headers?: Headers;
}

/** Conditions first, then the range (RFC 9110, section 13.2.2). */
export function chooseAnswer(question: Question): Answer {
  const { request, content, headers = {} } = question;
  const verdict = checkConditions(request.headers, content);
  switch (verdict) {
    case 'failed':
      return refusal(412, content, 'The content is not the one that the request is about any more.\n');
    case 'not-modified':
      return { status: 304, headers: { ...cacheHeaders(headers), ...validatorsOf(content) }, body: '' };
    case 'send':
      return ranged(question);
    default:
      return unreachable(verdict);
  }
}

function ranged(question: Question): Answer {
  const { request, content } = question;
  const { range } = request.headers;
  // A range means nothing but for GET.
  if (range === undefined || request.method !== 'GET' || !rangeStillFits(request.headers, content))
    return whole(question);
  const ranges = parseRanges(range, content.sizeBytes);
  if (ranges === 'all') return whole(question);
  if (ranges === 'none') {
    const answer = refusal(
      416,
      content,
      `The content has ${content.sizeBytes} bytes; the range is outside.\n`,
    );
    return { ...answer, headers: { ...answer.headers, 'content-range': `bytes */${content.sizeBytes}` } };
  }
  const [first, ...more] = ranges;
  return first !== undefined && more.length === 0 ? part(question, first) : parts(question, ranges);
}

function whole(question: Question): Answer {
  const { sizeBytes } = question.content;
  return good(question, 200, bodyOf(question.content, { start: 0, end: sizeBytes }), {});
}

function part(question: Question, range: ByteRange): Answer {
  const { content } = question;
  const headers = { 'content-range': contentRange(range, content.sizeBytes) };
  return good(question, 206, bodyOf(content, range), headers);
}

/** Never more than all of the content: that is sent instead. */
function parts(question: Question, ranges: readonly ByteRange[]): Answer {
  const { content } = question;
  const mediaType = lowerCase(question.headers)['content-type'] ?? mediaTypeOf(content);
  const body = multipartOf(content, ranges, mediaType);
  if (body.sizeBytes >= content.sizeBytes) return whole(question);
  return good(question, 206, body, { 'content-type': body.mediaType });
}

const bodyOf = (content: DownloadContent, range: ByteRange): Body => ({
  sizeBytes: range.end - range.start,
  read: (signal) => content.read(range, signal),
});

function good(question: Question, status: 200 | 206, body: Body, framing: Headers): Answer {
  const { content, disposition = 'attachment', headers } = question;
  return {
    status,
    headers: {
      ...contentHeaders(content, disposition),
      ...lowerCase(headers),
      ...framing,
      'content-length': String(body.sizeBytes),
    },
    body,
  };
}

const lowerCase = (headers: Headers = {}): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function refusal(status: 412 | 416, content: DownloadContent, sentence: string): Answer {
  const headers = {
    ...validatorsOf(content),
    'accept-ranges': 'bytes',
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'content-length': String(Buffer.byteLength(sentence)),
  };
  return { status, headers, body: sentence };
}

import type { IncomingMessage } from 'node:http';
import type { DownloadContent } from '../content.ts';
import { chooseAnswer } from './choose-answer.ts';
import type { Disposition } from './content-headers.ts';
import { exactly } from './exactly.ts';
import { type SendChunksOptions, type SendOutcome, sendChunks } from './send-chunks.ts';

export interface SendOptions extends Pick<SendChunksOptions, 'response' | 'signal' | 'stallTimeoutMs'> {
  /** Its method, GET or HEAD, and its headers decide what is sent. */
  readonly request: IncomingMessage;
  readonly content: DownloadContent;
  /** @defaultValue `attachment` */
  readonly disposition?: Disposition;
  /** More headers of a good response; they win over those of the content. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Answers a request with a content: conditions, ranges, headers, bytes (RFC 9110, sections 13 to 15). Ends with 200, 206,
 * 304, 412 or 416. Resolves when all is sent, or the connection is closed and the content is not read any more. Begins to
 * read when earlier requests of the connection have been answered. Disposes nothing. Throws only what `read` throws before
 * the first byte, with nothing sent yet.
 */
export async function sendContent(options: SendOptions): Promise<SendOutcome> {
  const { request, response, signal, stallTimeoutMs } = options;
  const { status, headers, body } = chooseAnswer(options);
  const isHead = request.method === 'HEAD';
  const sent: SendChunksOptions['body'] =
    typeof body === 'string'
      ? body
      : isHead || body.sizeBytes === 0
        ? ''
        : (gone) => exactly(body.read(gone), body.sizeBytes);
  return await sendChunks({ response, status, headers, body: sent, signal, stallTimeoutMs });
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DownloadContent } from '../content.ts';
import { type Answer, type Body, chooseAnswer } from './choose-answer.ts';
import { exactly } from './exactly.ts';
import { Outlet } from './outlet.ts';

export interface SendOptions {
  /** Its method, GET or HEAD, and its headers decide what is sent. */
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly content: DownloadContent;
  /** @defaultValue `attachment` */
  readonly disposition?: 'attachment' | 'inline';
  /** More headers of a good response; they win over those of the content. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Aborts to end the transfer at once. */
  readonly signal: AbortSignal;
  /**
   * How long the other side may take nothing before it is cut off, in milliseconds; it may be twice as long until that is
   * sure. The system takes up to some MiB on its behalf, in steps, and only its steps can be seen.
   */
  readonly stallTimeoutMs: number;
}

export interface SendOutcome {
  /** 200, 206, 304, 412 or 416. Where the other side left before anything was sent: what it would have got. */
  readonly status: number;
  /** Of the body of a 200 or 206, as far as it is known to have been taken. */
  readonly sentBytes: number;
  /** `cut`: the other side left, or took nothing for too long; `failed`: the content ended too early. */
  readonly end: 'complete' | 'cut' | 'failed';
  /** Why it failed, or was cut. */
  readonly error?: unknown;
}

/**
 * Answers a request with a content: conditions, ranges, headers, bytes (RFC 9110, sections 13 to 15). Resolves when all is
 * sent, or the connection is closed and the content is not read any more. Begins to read when earlier requests of the
 * connection have been answered. Disposes nothing. Throws only what `read` throws before the first byte, with nothing sent yet.
 */
export async function sendContent(options: SendOptions): Promise<SendOutcome> {
  const { request, response } = options;
  const answer = chooseAnswer(options);
  using outlet = new Outlet(response, options);
  const progress = { sentBytes: 0 };
  const { status } = answer;
  try {
    await outlet.turn();
    if (typeof answer.body === 'string' || request.method === 'HEAD')
      await sendHead(outlet, response, answer);
    else await sendBody(outlet, response, answer, answer.body, progress);
    return { status, ...progress, end: 'complete' };
  } catch (error) {
    if (outlet.gone.aborted) return { status, ...progress, end: 'cut', error: outlet.gone.reason };
    if (!response.headersSent) throw error;
    outlet.cut(error);
    return { status, ...progress, end: 'failed', error };
  }
}

async function sendHead(outlet: Outlet, response: ServerResponse, answer: Answer): Promise<void> {
  response.writeHead(answer.status, answer.headers);
  await outlet.end(typeof answer.body === 'string' ? answer.body : '');
}

/** The head goes out with the first chunk: until there is one, the answer may become another. */
async function sendBody(
  outlet: Outlet,
  response: ServerResponse,
  { status, headers }: Answer,
  body: Body,
  progress: { sentBytes: number },
): Promise<void> {
  if (body.sizeBytes > 0) {
    for await (const chunk of exactly(body.read(outlet.gone), body.sizeBytes)) {
      if (!response.headersSent) response.writeHead(status, headers);
      await outlet.write(chunk);
      progress.sentBytes += chunk.length;
    }
  } else response.writeHead(status, headers);
  await outlet.end();
}

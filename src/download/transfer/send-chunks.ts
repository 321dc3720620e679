import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Outlet } from './outlet.ts';

export interface SendChunksOptions {
  readonly response: ServerResponse;
  readonly status: number;
  /** Without a `Content-Length` the length is told by what is sent. */
  readonly headers: OutgoingHttpHeaders;
  /** A sentence, or what makes borrowed chunks; it is called when earlier requests of the connection have been answered. */
  readonly body: string | ((signal: AbortSignal) => AsyncIterable<Uint8Array>);
  /** Aborts to end the transfer at once. */
  readonly signal: AbortSignal;
  /**
   * How long the other side may take nothing before it is cut off, in milliseconds; it may be twice as long until that is
   * sure. The system takes up to some MiB on its behalf, in steps, and only its steps can be seen.
   */
  readonly stallTimeoutMs: number;
}

export interface SendOutcome {
  /** Where the other side left before anything was sent: what it would have got. */
  readonly status: number;
  /** Of a body in chunks, as far as it is known to have been taken. */
  readonly sentBytes: number;
  /** `cut`: the other side left, or took nothing for too long; `failed`: the content ended too early. */
  readonly end: 'complete' | 'cut' | 'failed';
  /** Why it failed, or was cut. */
  readonly error?: unknown;
}

/**
 * Answers with chunks, at the pace of the other side. Resolves when all is sent, or the connection is closed and nothing is
 * read any more. Throws only what comes before the first chunk, with nothing sent yet: until then the answer may become
 * another.
 */
export async function sendChunks(options: SendChunksOptions): Promise<SendOutcome> {
  const { response, status, headers, body } = options;
  using outlet = new Outlet(response, options);
  const progress = { sentBytes: 0 };
  try {
    await outlet.turn();
    if (typeof body !== 'string') {
      for await (const chunk of body(outlet.gone)) {
        if (!response.headersSent) response.writeHead(status, headers);
        await outlet.write(chunk);
        progress.sentBytes += chunk.length;
      }
    }
    if (!response.headersSent) response.writeHead(status, headers);
    await outlet.end(typeof body === 'string' ? body : '');
    return { status, ...progress, end: 'complete' };
  } catch (error) {
    if (outlet.gone.aborted) return { status, ...progress, end: 'cut', error: outlet.gone.reason };
    if (!response.headersSent) throw error;
    outlet.cut(error);
    return { status, ...progress, end: 'failed', error };
  }
}

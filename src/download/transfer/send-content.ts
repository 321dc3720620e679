import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DownloadContent } from '../content.ts';

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
  /** How long the other side may take nothing before it is cut off, in milliseconds. */
  readonly stallTimeoutMs: number;
}

export interface SendOutcome {
  /** The status that was sent: 200, 206, 304, 412, 416. */
  readonly status: number;
  /** Of the body. */
  readonly sentBytes: number;
  /** `cut`: the other side left, or took nothing for too long; `failed`: the content ended too early. */
  readonly end: 'complete' | 'cut' | 'failed';
  /** Why it failed. */
  readonly error?: unknown;
}

/**
 * Answers a request with a content: conditions, ranges, headers, bytes (RFC 9110, sections 13 to 15). Disposes nothing. Throws only
 * what `read` throws before the first byte, with nothing sent yet.
 */
export function sendContent(_options: SendOptions): Promise<SendOutcome> {
  throw new Error('not there yet');
}

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DownloadContent } from './content.ts';
import type { SendOutcome } from './transfer/send-chunks.ts';
import { sendContent } from './transfer/send-content.ts';

/** Where a download comes from, for the metrics: few words, chosen by us. */
export type DownloadSource = 'file' | 'oci' | 'artifact' | 'entry' | 'archive' | 'log';

/** Counts downloads. One for a server; the server makes it with its metrics. */
export interface DownloadMeter {
  /** Called when a transfer begins; what it returns is called when it has ended, without an outcome where it threw. */
  begin(source: DownloadSource): (outcome: SendOutcome | undefined) => void;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How errors of the route are said. @defaultValue text */
    errors?: 'text' | 'json';
  }
}

export interface AnswerDownloadOptions {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Disposed here. */
  readonly content: DownloadContent;
  readonly source: DownloadSource;
  readonly meter: DownloadMeter;
  /** @defaultValue `attachment` */
  readonly disposition?: 'attachment' | 'inline';
  /** More headers of a good answer; they win over those of the content. */
  readonly headers?: Readonly<Record<string, string>>;
  /** @defaultValue 120000 */
  readonly stallTimeoutMs?: number;
}

// A browser that has been told to pause takes nothing either; it comes back with a range.
const STALL_TIMEOUT_MS = 120_000;

/** Aborts when the other side is gone before it has its answer. */
export function untilGone({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const onClose = (): void => {
    if (!raw.writableFinished) controller.abort();
  };
  if (raw.closed) onClose();
  else raw.once('close', onClose);
  return controller.signal;
}

/**
 * Answers a request with a content, counted and logged. Ends when the last byte is out or the other side is gone; throws
 * what keeps the content from being read at all, with nothing sent yet. To be called last in a route's handler.
 */
export async function answerDownload(options: AnswerDownloadOptions): Promise<void> {
  const { request, reply, source, meter } = options;
  await using content = options.content;
  const ended = meter.begin(source);
  let outcome: SendOutcome | undefined;
  try {
    outcome = await sendContent({
      request: request.raw,
      response: reply.raw,
      content,
      signal: untilGone(reply),
      stallTimeoutMs: options.stallTimeoutMs ?? STALL_TIMEOUT_MS,
      ...(options.disposition !== undefined && { disposition: options.disposition }),
      ...(options.headers !== undefined && { headers: options.headers }),
    });
  } finally {
    ended(outcome);
  }
  reply.hijack(); // only now: what is thrown before the first byte is answered as an error
  logOutcome(request, source, outcome);
}

function logOutcome({ log }: FastifyRequest, source: DownloadSource, outcome: SendOutcome): void {
  const { status, sentBytes, end, error } = outcome;
  const facts = { source, status, sentBytes, end };
  if (end === 'failed') log.error({ ...facts, err: error }, 'a download ended too early');
  else log.debug(facts, end === 'cut' ? 'a download was cut off' : 'a download ended');
}

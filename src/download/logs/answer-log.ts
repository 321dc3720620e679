import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LogReader, LogSize } from '../../logs/index.ts';
import { answerDownload, type DownloadMeter, untilGone } from '../answer-download.ts';
import type { DownloadContent } from '../content.ts';
import { sendChunks } from '../transfer/send-chunks.ts';

/** A request for a log; who may have it is settled. */
export interface LogRequest {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly logs: LogReader;
  /** In the place for logs. */
  readonly logName: string;
  /** What a download of it is called. */
  readonly fileName: string;
  /** @defaultValue text */
  readonly mediaType?: string;
  /** The byte with which the answer begins. */
  readonly start: number;
  readonly meter: DownloadMeter;
  /** How long a reader may take nothing, in milliseconds. @defaultValue 120000 */
  readonly stallTimeoutMs?: number;
}

const TEXT = 'text/plain; charset=utf-8';
const STALL_TIMEOUT_MS = 120_000;

/** A log that grows no more, or as far as it is there now: with a length, ranges and conditions as any download. */
export async function answerLogSoFar(
  asked: LogRequest,
  { sizeBytes, hasEnded }: LogSize,
): Promise<undefined> {
  const { request, reply, logs, logName, fileName, mediaType = TEXT, start, meter, stallTimeoutMs } = asked;
  const from = Math.min(start, sizeBytes);
  const id = createHash('sha256')
    .update(JSON.stringify([logName, from, sizeBytes]))
    .digest('base64url');
  const content: DownloadContent = {
    sizeBytes: sizeBytes - from,
    etag: id,
    mediaType,
    fileName,
    async *read(range, signal) {
      let left = range.end - range.start;
      const chunks = logs.read(logName, { start: from + range.start, follow: false, signal });
      for await (const chunk of chunks) {
        yield chunk.subarray(0, left);
        left -= chunk.length;
        if (left <= 0) return;
      }
    },
    async [Symbol.asyncDispose]() {}, // what is read closes itself
  };
  const headers = {
    'x-slipway-log-start': String(from),
    'x-slipway-log-size': String(sizeBytes),
    'x-slipway-log-ended': String(hasEnded),
  };
  const stalls = stallTimeoutMs === undefined ? {} : { stallTimeoutMs };
  await answerDownload({
    ...{ request, reply, content, meter, headers },
    source: 'log',
    disposition: 'inline',
    ...stalls,
  });
}

export interface GrowingLogOptions {
  /** Aborts when the server begins to stop. */
  readonly stopping: AbortSignal;
  /** What is sent; ends with the log. The signal aborts when nobody reads it any more. */
  readonly chunks: (gone: AbortSignal) => AsyncIterable<Uint8Array>;
}

/** A log as it grows. Throws what `chunks` throws before anything was sent. */
export async function answerGrowingLog(
  { request, reply, mediaType = TEXT, start, meter, stallTimeoutMs = STALL_TIMEOUT_MS }: LogRequest,
  { stopping, chunks }: GrowingLogOptions,
): Promise<FastifyReply> {
  const ended = meter.begin('log');
  let outcome: Awaited<ReturnType<typeof sendChunks>> | undefined;
  try {
    outcome = await sendChunks({
      response: reply.raw,
      status: 200,
      headers: { 'content-type': mediaType, 'content-disposition': 'inline', 'x-slipway-log-start': start },
      body: chunks,
      signal: AbortSignal.any([untilGone(reply), stopping]),
      stallTimeoutMs,
    });
  } finally {
    ended(outcome);
  }
  if (outcome.end === 'failed') request.log.error({ err: outcome.error }, 'a log was cut off');
  return reply.hijack();
}

import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { answerDownload, type DownloadContent, sendChunks, untilGone } from '../../download/index.ts';
import { isResolved } from '../../queue-api/index.ts';
import { authorize } from '../service/authorize.ts';
import { leadToStored } from './lead-to-stored.ts';
import { logNameOf } from './log-name.ts';
import type { LogRoutesOptions } from './log-routes.ts';
import type { StreamCall } from './stream-route.ts';

const TEXT = 'text/plain; charset=utf-8';
const STALL_TIMEOUT_MS = 120_000;

/** Answers with a log: what is there, and what comes until it has ended. */
export async function giveLog(
  call: StreamCall,
  options: LogRoutesOptions,
): Promise<FastifyReply | undefined> {
  const { request, query } = call;
  authorize(call.caller(), `queue:get-artifact:${call.name}`);
  using _ = options.keeper.reading(call);
  const size = await options.logs.size(logNameOf(call));
  const start = Number(query['start'] ?? 0);
  const isPart = request.method === 'HEAD' || request.headers.range !== undefined;
  const follows = query['follow'] !== 'false' && !isPart;
  if (size === undefined) {
    const isToCome = follows && (await isUnresolved(call, options));
    return isToCome
      ? await followLog(call, options, { start, exists: false })
      : await leadToStored(call, options);
  }
  if (follows && !size.hasEnded) return await followLog(call, options, { start, exists: true });
  return await giveWhatIsThere(call, options, { start, ...size });
}

async function isUnresolved({ taskId, runId }: StreamCall, { queue }: LogRoutesOptions): Promise<boolean> {
  const run = (await queue.status(taskId))?.runs.find((each) => each.runId === runId);
  return run !== undefined && !isResolved(run.state);
}

interface WhatIsThere {
  readonly start: number;
  readonly sizeBytes: number;
  readonly hasEnded: boolean;
}

/** A log that grows no more, or as far as it is there now: with a length, ranges and conditions as any download. */
async function giveWhatIsThere(
  call: StreamCall,
  { logs, meter, stallTimeoutMs }: LogRoutesOptions,
  { start, sizeBytes, hasEnded }: WhatIsThere,
): Promise<undefined> {
  const { request, reply, name } = call;
  const logName = logNameOf(call);
  const from = Math.min(start, sizeBytes);
  const id = createHash('sha256')
    .update(JSON.stringify([logName, from, sizeBytes]))
    .digest('base64url');
  const content: DownloadContent = {
    sizeBytes: sizeBytes - from,
    etag: id,
    mediaType: TEXT,
    fileName: name,
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
    request,
    reply,
    content,
    source: 'log',
    meter,
    disposition: 'inline',
    headers,
    ...stalls,
  });
}

const ENDED_WITHOUT_LOG = new Error('the run has ended without a log');
const NOTHING = Buffer.alloc(0);

async function followLog(
  call: StreamCall,
  options: LogRoutesOptions,
  { start, exists }: { readonly start: number; readonly exists: boolean },
): Promise<FastifyReply | undefined> {
  const { request, reply, taskId, runId } = call;
  const { logs, queue, keeper, meter, stopping, stallTimeoutMs = STALL_TIMEOUT_MS } = options;
  const runEnded = new AbortController();
  let hasBegun = exists;
  async function* chunks(gone: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    if (exists) {
      keeper.watch(call);
      yield NOTHING; // the headers go out now
    } else {
      const resolved = queue.waitResolved(taskId, runId, gone);
      resolved.then(
        () => hasBegun || runEnded.abort(ENDED_WITHOUT_LOG),
        (error: unknown) => runEnded.abort(error),
      );
    }
    const signal = AbortSignal.any([gone, runEnded.signal]);
    const reading = logs.read(logNameOf(call), { start, follow: true, awaited: !exists, signal });
    for await (const chunk of reading) {
      if (!hasBegun) keeper.watch(call);
      hasBegun = true;
      yield chunk;
    }
  }
  const ended = meter.begin('log');
  let outcome: Awaited<ReturnType<typeof sendChunks>> | undefined;
  try {
    outcome = await sendChunks({
      response: reply.raw,
      status: 200,
      headers: { 'content-type': TEXT, 'content-disposition': 'inline', 'x-slipway-log-start': start },
      body: chunks,
      signal: AbortSignal.any([untilGone(reply), stopping]),
      stallTimeoutMs,
    });
  } catch (error) {
    if (error !== ENDED_WITHOUT_LOG) throw error;
    // An empty log may have begun all the same.
    const size = await logs.size(logNameOf(call));
    if (size === undefined) return await leadToStored(call, options);
    return await giveWhatIsThere(call, options, { start, ...size });
  } finally {
    ended(outcome);
  }
  if (outcome.end === 'failed') request.log.error({ err: outcome.error }, 'a log was cut off');
  return reply.hijack();
}

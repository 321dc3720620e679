import type { FastifyReply } from 'fastify';
import { answerGrowingLog, answerLogSoFar, type LogRequest } from '../../download/index.ts';
import { isResolved } from '../../queue-api/index.ts';
import { authorize } from '../service/authorize.ts';
import { takeStream } from '../service/take-stream.ts';
import { leadToStored } from './lead-to-stored.ts';
import { logNameOf } from './log-name.ts';
import type { LogRoutesOptions } from './log-routes.ts';
import type { StreamCall } from './stream-route.ts';

/** Answers with a log: what is there, and what comes until it has ended. */
export async function giveLog(
  call: StreamCall,
  options: LogRoutesOptions,
): Promise<FastifyReply | undefined> {
  const { request, query } = call;
  const caller = call.caller();
  authorize(caller, `queue:get-artifact:${call.name}`);
  using _ = options.keeper.reading(call);
  const size = await options.logs.size(logNameOf(call));
  const start = Number(query['start'] ?? 0);
  const isPart = request.method === 'HEAD' || request.headers.range !== undefined;
  const follows = query['follow'] !== 'false' && !isPart;
  const follow = async (exists: boolean): Promise<FastifyReply | undefined> => {
    using _share = takeStream(options.shares, request.raw, caller);
    return await followLog(call, options, { start, exists });
  };
  if (size === undefined) {
    const isToCome = follows && (await isUnresolved(call, options));
    return isToCome ? await follow(false) : await leadToStored(call, options);
  }
  if (follows && !size.hasEnded) return await follow(true);
  return await answerLogSoFar(requestFor(call, options, start), size);
}

async function isUnresolved({ taskId, runId }: StreamCall, { queue }: LogRoutesOptions): Promise<boolean> {
  const run = (await queue.status(taskId))?.runs.find((each) => each.runId === runId);
  return run !== undefined && !isResolved(run.state);
}

const requestFor = (
  call: StreamCall,
  { logs, meter, stallTimeoutMs }: LogRoutesOptions,
  start: number,
): LogRequest => ({
  request: call.request,
  reply: call.reply,
  logs,
  logName: logNameOf(call),
  fileName: call.name,
  // Logs of pipelines have their events beside them, a line of JSON each.
  ...(call.name.endsWith('.jsonl') && { mediaType: 'application/x-ndjson' }),
  start,
  meter,
  ...(stallTimeoutMs !== undefined && { stallTimeoutMs }),
});

const ENDED_WITHOUT_LOG = new Error('the run has ended without a log');
const NOTHING = Buffer.alloc(0);

async function followLog(
  call: StreamCall,
  options: LogRoutesOptions,
  { start, exists }: { readonly start: number; readonly exists: boolean },
): Promise<FastifyReply | undefined> {
  const { taskId, runId } = call;
  const { logs, queue, keeper, stopping } = options;
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
  const asked = requestFor(call, options, start);
  try {
    return await answerGrowingLog(asked, { stopping, chunks });
  } catch (error) {
    if (error !== ENDED_WITHOUT_LOG) throw error;
    // An empty log may have begun all the same; whoever writes it may not know yet that its run was ended.
    const size = await logs.size(logNameOf(call));
    if (size === undefined) return await leadToStored(call, options);
    if (!size.hasEnded) return await followLog(call, options, { start, exists: true });
    return await answerLogSoFar(asked, size);
  }
}

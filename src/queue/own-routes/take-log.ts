import type { FastifyReply } from 'fastify';
import { LogError } from '../../logs/index.ts';
import { QueueError } from '../error.ts';
import { authorize } from '../service/authorize.ts';
import { logNameOf } from './log-name.ts';
import type { LogRoutesOptions } from './log-routes.ts';
import type { LogWriters } from './log-writers.ts';
import { JSON_TYPE, type StreamCall, WithFacts } from './stream-route.ts';

/** Appends a request's body to a log piece by piece, as it comes. */
export async function takeLog(
  call: StreamCall,
  options: LogRoutesOptions,
  writers: LogWriters,
): Promise<FastifyReply> {
  const { request, reply, taskId, runId } = call;
  const { logs, keeper } = options;
  authorize(call.caller(), `queue:create-artifact:${taskId}/${runId}`);
  await requireRunning(call, options);
  const logName = logNameOf(call);
  using _ = writers.take(logName, request.raw);
  const append = async (offset: number, bytes: Uint8Array): Promise<number> => {
    try {
      return (await logs.append(logName, offset, bytes)).sizeBytes;
    } catch (error) {
      throw await withSize(error, logName, options);
    }
  };
  let offset = Number(call.query['offset'] ?? 0);
  let sizeBytes = await append(offset, Buffer.alloc(0)); // readers may begin now
  keeper.watch(call);
  // What came while the piece before was written is one piece: many small ones cost no more than few.
  for await (const piece of request.raw.iterator({ destroyOnReturn: false })) {
    sizeBytes = await append(offset, piece as Buffer); // nobody has set an encoding
    offset += piece.length;
  }
  return reply.type(JSON_TYPE).send(JSON.stringify({ sizeBytes }));
}

async function requireRunning({ taskId, runId }: StreamCall, { queue }: LogRoutesOptions): Promise<void> {
  const run = (await queue.status(taskId))?.runs.find((each) => each.runId === runId);
  if (run === undefined)
    throw new QueueError('ResourceNotFound', `There is no run ${runId} of a task ${taskId}.`);
  if (run.state === 'running') return;
  throw new QueueError(
    'RequestConflict',
    `Run ${runId} of the task ${taskId} is ${run.state}: only a running one writes its log.`,
  );
}

/** Where the log ends tells a writer from where to go on. */
async function withSize(error: unknown, logName: string, { logs }: LogRoutesOptions): Promise<unknown> {
  const isConflict = error instanceof LogError && (error.code === 'GAP' || error.code === 'ENDED');
  if (!isConflict) return error;
  const size = await logs.size(logName);
  return new WithFacts(error, { sizeBytes: size?.sizeBytes ?? 0 });
}

import type { FastifyInstance } from 'fastify';
import type { DownloadMeter } from '../../download/index.ts';
import type { StreamShares } from '../../kernel/index.ts';
import type { LogStore } from '../../logs/index.ts';
import type { ArtifactUrls } from '../artifact-urls.ts';
import { QueueError } from '../error.ts';
import type { Queue } from '../queue.ts';
import { authorize } from '../service/authorize.ts';
import { giveLog } from './give-log.ts';
import type { LogKeeper } from './log-keeper.ts';
import { logNameOf } from './log-name.ts';
import { LogWriters } from './log-writers.ts';
import { JSON_TYPE, mountStream, type StreamCall, type StreamOptions } from './stream-route.ts';
import { takeLog } from './take-log.ts';

export interface LogRoutesOptions extends StreamOptions {
  readonly queue: Queue;
  readonly logs: LogStore;
  readonly keeper: LogKeeper;
  readonly urls: ArtifactUrls;
  readonly meter: DownloadMeter;
  /** Of who follows logs. */
  readonly shares: StreamShares;
  /** How long a reader may take nothing, in milliseconds. @defaultValue 120000 */
  readonly stallTimeoutMs?: number;
}

const BYTES = /^\d{1,15}$/;

/** The live logs of runs: workers send them as they grow, and others read them meanwhile. */
export function mountLogRoutes(app: FastifyInstance, options: LogRoutesOptions): void {
  const writers = new LogWriters();
  options.stopping.addEventListener('abort', () => writers.cutAll(), { once: true });
  // A writer that is silent does not see that its run was ended by somebody else.
  options.keeper.onEnded((logName) => writers.cut(logName));
  mountStream(app, options, {
    method: ['PUT'],
    place: 'log',
    callName: 'slipway.appendLog',
    query: { offset: BYTES },
    takesItsTime: true,
    handle: (call) => takeLog(call, options, writers),
  });
  mountStream(app, options, {
    method: ['POST'],
    place: 'log',
    ending: '/end',
    callName: 'slipway.endLog',
    query: {},
    handle: (call) => endLog(call, options),
  });
  mountStream(app, options, {
    method: ['GET', 'HEAD'],
    place: 'log',
    callName: 'slipway.readLog',
    query: { start: BYTES, follow: /^(?:true|false)$/ },
    handle: (call) => giveLog(call, options),
  });
}

async function endLog(call: StreamCall, { queue, logs }: LogRoutesOptions) {
  const { taskId, runId, reply } = call;
  authorize(call.caller(), `queue:create-artifact:${taskId}/${runId}`);
  const status = await queue.status(taskId);
  if (!status?.runs.some((run) => run.runId === runId)) {
    throw new QueueError('ResourceNotFound', `There is no run ${runId} of a task ${taskId}.`);
  }
  await logs.end(logNameOf(call));
  const size = await logs.size(logNameOf(call));
  return reply.type(JSON_TYPE).send(JSON.stringify({ sizeBytes: size?.sizeBytes ?? 0 }));
}

import type { FastifyReply, FastifyRequest } from 'fastify';
import { type RunLogKind, type RunRecord, runLogName } from '../../artifacts/index.ts';
import type { StreamShares } from '../../kernel/index.ts';
import { LogError, type LogReader } from '../../logs/index.ts';
import type { DownloadMeter } from '../answer-download.ts';
import { answerGrowingLog, answerLogSoFar, type LogRequest } from '../logs/answer-log.ts';
import { DownloadRefusal } from '../refusal.ts';
import { nothingHere } from './refusals.ts';

export interface RunLogsServed {
  /** By `runLogName`. */
  readonly logs: LogReader;
  /** Aborts when the server begins to stop: who follows a log is let go. */
  readonly stopping: AbortSignal;
  /** Of who follows logs. */
  readonly shares: StreamShares;
}

export interface RunLogAsked {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly record: RunRecord;
  readonly kind: RunLogKind;
  readonly parameters: ReadonlyMap<string, string>;
}

const MEDIA_TYPES: Readonly<Record<RunLogKind, string>> = {
  log: 'text/plain; charset=utf-8',
  events: 'application/x-ndjson',
};
const FILE_NAMES: Readonly<Record<RunLogKind, string>> = { log: 'log.txt', events: 'events.jsonl' };

// On every answer: what proxies gather they would give too late. No browser takes a log for a page.
const HEADERS = {
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
} as const;

const NOTHING = Buffer.alloc(0);

/** Answers with a log of a run, as the route of a task's log does: what is there, and what comes until it has ended. */
export async function answerRunLog(
  asked: RunLogAsked,
  { logs, stopping, shares }: RunLogsServed,
  options: { readonly meter: DownloadMeter; readonly stallTimeoutMs?: number },
): Promise<FastifyReply | undefined> {
  const { request, reply, record, kind } = asked;
  const { start, follows } = readLogQuery(asked);
  const logName = runLogName(record.runId, kind);
  if (logName === undefined) throw nothingHere();
  for (const [name, value] of Object.entries(HEADERS)) reply.raw.setHeader(name, value);
  const [mediaType, fileName] = [MEDIA_TYPES[kind], FILE_NAMES[kind]];
  const log: LogRequest = { request, reply, logs, logName, fileName, mediaType, start, ...options };
  try {
    const size = await logs.size(logName);
    if (!follows || size?.hasEnded) {
      if (size === undefined) throw nothingHere();
      return await answerLogSoFar(log, size);
    }
    if (size === undefined && record.result !== 'running') throw nothingHere();
    using _share = takeShare(shares, request);
    return await answerGrowingLog(log, {
      stopping,
      async *chunks(signal) {
        if (size !== undefined) yield NOTHING; // the headers go out now
        yield* logs.read(logName, { start, follow: true, awaited: size === undefined, signal });
      },
    });
  } catch (error) {
    throw error instanceof LogError && error.code === 'NOT_FOUND' ? nothingHere() : error;
  }
}

/** Who may see runs is known by links too: all at one address share. */
function takeShare(shares: StreamShares, { raw }: FastifyRequest): Disposable {
  const taken = shares.take(raw);
  if (taken !== undefined) return taken;
  const message = `your address follows ${shares.most} logs and streams of changes already: end some of them first`;
  throw new DownloadRefusal('TOO_MANY', message, { headers: { 'retry-after': '5' } });
}

function readLogQuery({ request, parameters }: RunLogAsked): { start: number; follows: boolean } {
  const start = parameters.get('start') ?? '0';
  if (!/^\d{1,15}$/.test(start)) {
    throw new DownloadRefusal('BAD_REQUEST', 'start= takes the number of a byte, of at most 15 digits');
  }
  const follow = parameters.get('follow') ?? 'true';
  if (!/^(?:true|false)$/.test(follow)) {
    throw new DownloadRefusal('BAD_REQUEST', 'follow= takes true or false');
  }
  const isPart = request.method === 'HEAD' || request.headers.range !== undefined;
  return { start: Number(start), follows: follow === 'true' && !isPart };
}

import type { ServerResponse } from 'node:http';
import type { Change, ObjectStore } from './object-store.ts';
import type { PodLog } from './pod-logs.ts';
import { type Plural, Refusal, type StoredObject } from './stored-object.ts';

interface WatchStream {
  readonly store: ObjectStore;
  readonly plural: Plural;
  readonly matches: (object: StoredObject) => boolean;
  readonly query: URLSearchParams;
  readonly streams: Set<ServerResponse>;
}

/** Answers a watch: what happened since its version, and then what happens. */
export function streamWatch(
  { store, plural, matches, query, streams }: WatchStream,
  response: ServerResponse,
): void {
  const version = Number(query.get('resourceVersion') ?? store.version);
  const send = (change: Change): void => {
    if (change.plural !== plural || !matches(change.object)) return;
    response.write(`${JSON.stringify({ type: change.type, object: change.object })}\n`);
  };
  open(response, streams);
  try {
    for (const change of store.since(version)) send(change);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // In 1.20 as in today's: the status of the answer is 200, and the event says it.
    const status = { kind: 'Status', code: error.status, reason: error.reason, message: error.message };
    response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
    return;
  }
  const unsubscribe = store.subscribe(send);
  const timer = setTimeout(() => response.end(), Number(query.get('timeoutSeconds') ?? 1800) * 1000);
  response.once('close', () => {
    unsubscribe();
    clearTimeout(timer);
  });
}

interface LogStream {
  readonly log: PodLog;
  readonly query: URLSearchParams;
  readonly streams: Set<ServerResponse>;
}

/** Answers with a log, and goes on while its container runs where that is asked for. */
export function streamLog({ log, query, streams }: LogStream, response: ServerResponse): void {
  const since = query.get('sinceTime');
  const options = {
    timestamps: query.get('timestamps') === 'true',
    ...(since === null ? {} : { since: Math.floor(Date.parse(since) / 1000) * 1000 }),
  };
  open(response, streams);
  let next = 0;
  const more = (): void => {
    const piece = log.from(next, options);
    next = piece.next;
    if (piece.text !== '') response.write(piece.text);
    if (log.hasEnded || query.get('follow') !== 'true') {
      unsubscribe();
      response.end();
    }
  };
  const unsubscribe = log.subscribe(more);
  response.once('close', unsubscribe);
  more();
}

function open(response: ServerResponse, streams: Set<ServerResponse>): void {
  streams.add(response);
  response.once('close', () => streams.delete(response));
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
}

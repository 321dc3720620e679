import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Change } from '../wire.ts';

/** One client that reads a stream of server-sent events. */
export interface EventStream {
  /** Sends them; a client that has not read what was sent before gets `{kind:'all'}` when it has. */
  send(changes: readonly Change[]): void;
}

/** All streams of a server: one heart beats for them. */
export interface EventStreams extends Disposable {
  /** Begins to answer. */
  open(response: ServerResponse, options: EventStreamOptions): EventStream;
}

export interface EventStreamOptions {
  readonly headers: OutgoingHttpHeaders;
  /** Milliseconds since the epoch. */
  readonly endsAt?: number;
  /** Looked at with each heartbeat: whether it is to end now. */
  readonly isOver?: () => boolean;
  /** Called once, however it ends. */
  readonly onEnd: () => void;
}

export interface EventStreamsOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Aborts when the server begins to stop: all streams end then. */
  readonly stopping: AbortSignal;
  /** @defaultValue 15 seconds */
  readonly heartbeatMs?: number;
}

const HEARTBEAT_MS = 15_000;
/** Who may see what is looked at anew after that: clients come back by themselves. */
const LIFE_MS = 30 * 60_000;
/** Clients that come back after a server's end do not all come at once. */
const RETRY_MS = 1000;
const BEAT = ': beat\n\n';
const ALL = eventsOf([{ kind: 'all' }]);

interface Client {
  readonly response: ServerResponse;
  readonly endsAt: number;
  readonly isOver: () => boolean;
  /** It has not read what was sent; nothing more is kept for it. */
  isFull: boolean;
  hasMissed: boolean;
  /** Beats for which it has read nothing. */
  silentBeats: number;
}

/** Each change as an event `change` with its JSON. */
export function eventsOf(changes: readonly Change[]): string {
  return changes.map((change) => `event: change\ndata: ${JSON.stringify(change)}\n\n`).join('');
}

// The same changes are told to many: their text is made once.
const texts = new WeakMap<readonly Change[], string>();
function textOf(changes: readonly Change[]): string {
  const known = texts.get(changes);
  if (known !== undefined) return known;
  const text = eventsOf(changes);
  texts.set(changes, text);
  return text;
}

export function createEventStreams(options: EventStreamsOptions): EventStreams {
  const { now, stopping, heartbeatMs = HEARTBEAT_MS } = options;
  const clients = new Set<Client>();
  let timer: NodeJS.Timeout | undefined;

  function write(client: Client, text: string): void {
    if (client.isFull) {
      client.hasMissed = true;
      return;
    }
    if (client.response.write(text)) return;
    client.isFull = true;
    client.response.once('drain', () => {
      Object.assign(client, { isFull: false, silentBeats: 0 });
      if (!client.hasMissed) return;
      client.hasMissed = false;
      write(client, ALL);
    });
  }

  function beat(): void {
    for (const client of clients) {
      // Ended once, and still there: it does not read, and its end would wait for that.
      if (client.response.writableEnded) client.response.destroy();
      else if (now() >= client.endsAt || client.isOver()) client.response.end();
      else if (!client.isFull) client.response.write(BEAT);
      else if (client.silentBeats > 0) client.response.destroy();
      else client.silentBeats += 1;
    }
  }

  function endAll(): void {
    for (const { response } of clients) response.end();
  }
  stopping.addEventListener('abort', endAll, { once: true });

  return {
    open(response, { headers, endsAt = Number.POSITIVE_INFINITY, isOver = () => false, onEnd }) {
      const client: Client = {
        response,
        endsAt: Math.min(endsAt, now() + LIFE_MS),
        isOver,
        isFull: false,
        hasMissed: false,
        silentBeats: 0,
      };
      clients.add(client);
      timer ??= setInterval(beat, heartbeatMs).unref();
      response.once('close', () => {
        clients.delete(client);
        if (clients.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
        onEnd();
      });
      response.on('error', () => {}); // `close` follows
      response.writeHead(200, headers);
      write(client, `retry: ${RETRY_MS}\n\n`);
      if (stopping.aborted) response.end();
      return { send: (changes) => write(client, textOf(changes)) };
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      stopping.removeEventListener('abort', endAll);
      endAll();
    },
  };
}

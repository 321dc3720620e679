import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { OciLimits } from './limits.ts';

export type ExchangeTrouble =
  | 'timeout'
  | 'connection'
  /** What answers is not who it should be. That does not pass, and no more does the next. */
  | 'untrusted'
  /** What answers does not speak HTTP. */
  | 'garbled';

/** Nobody answered, not in time, or not to the end. Its message names no path: paths can be secrets here. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly kind: ExchangeTrouble;

  constructor(kind: ExchangeTrouble, message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface HttpRequest {
  /** Scheme, host and port. */
  readonly origin: URL;
  readonly method: string;
  /** As it is sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: readonly Uint8Array[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How requests are sent: the connections that are kept, and how long is waited. */
export interface Transport {
  readonly agent: Agent;
  readonly limits: OciLimits;
}

/** An answer whose headers are there. */
export interface HttpAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  /** To be read to its end, or left early. Throws `ExchangeError`, and the signal's reason. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Lets go of a body that nobody reads. */
  discard(): void;
}

/** Sends one request. Throws `ExchangeError`, and the signal's reason. */
export async function exchange(transport: Transport, request: HttpRequest): Promise<HttpAnswer> {
  request.signal?.throwIfAborted();
  const outgoing = start(transport, request);
  const abort = (): void => void outgoing.destroy();
  request.signal?.addEventListener('abort', abort, { once: true });
  const release = (): void => request.signal?.removeEventListener('abort', abort);
  const { limits } = transport;
  const wait = new Wait((what) => outgoing.destroy(new ExchangeError('timeout', what)));
  try {
    const answered = answerOf(outgoing);
    wait.for(limits.connectTimeoutMs, 'no connection');
    outgoing.once('socket', (socket) => {
      const connected = (): void => wait.for(limits.stallTimeoutMs, 'the request is not taken');
      if (socket.connecting)
        socket.once(request.origin.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
      else connected();
    });
    // What goes wrong while sending shows in the answer, or in its absence.
    pipeline(Readable.from(watched(request.body ?? [], wait)), outgoing)
      .then(() => wait.for(limits.answerTimeoutMs, 'no answer'))
      .catch(() => undefined);
    const incoming = await answered;
    incoming.once('close', release);
    return toAnswer(incoming, request, limits);
  } catch (cause) {
    release();
    outgoing.destroy();
    throw troubleOf(cause, request);
  } finally {
    wait.close();
  }
}

function start(transport: Transport, { origin, method, path, headers }: HttpRequest): ClientRequest {
  const send = origin.protocol === 'https:' ? httpsRequest : httpRequest;
  const host = origin.hostname.replace(/^\[|\]$/g, ''); // of an IPv6 address
  return send({ host, port: origin.port, method, path, headers, agent: transport.agent });
}

function answerOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.on('error', reject); // on, not once: what comes after an answer is the answer's matter
    outgoing.once('close', () => reject(new Error('the connection was closed')));
  });
}

function* watched(body: readonly Uint8Array[], wait: Wait): Generator<Uint8Array> {
  for (const bytes of body) {
    wait.refresh();
    yield bytes;
  }
}

function toAnswer(incoming: IncomingMessage, request: HttpRequest, limits: OciLimits): HttpAnswer {
  incoming.on('error', () => undefined); // whoever reads is told; nobody else needs to be
  return {
    status: incoming.statusCode ?? 0,
    header: (name) => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body: readBody(incoming, request, limits),
    discard: () => void incoming.destroy(),
  };
}

// The time counts while the network is waited for, and not while whoever reads is slow.
async function* readBody(
  incoming: IncomingMessage,
  request: HttpRequest,
  limits: OciLimits,
): AsyncGenerator<Uint8Array> {
  const wait = new Wait((what) => incoming.destroy(new ExchangeError('timeout', what)));
  try {
    wait.for(limits.stallTimeoutMs, 'nothing more came');
    for await (const chunk of incoming) {
      wait.pause();
      yield chunk as Uint8Array; // no encoding was set
      wait.for(limits.stallTimeoutMs, 'nothing more came');
    }
  } catch (cause) {
    throw troubleOf(cause, request);
  } finally {
    wait.close();
    incoming.destroy();
  }
}

const UNTRUSTED = /CERT|SELF_SIGNED|^ERR_(?:SSL|TLS)|UNABLE_TO_VERIFY/;
const GARBLED = /^HPE_(?!INVALID_EOF)/; // the parser's; an end in the middle is a lost connection

// The error itself stays out: that of a parser carries the bytes of the answer, and whoever logs it would show them.
function troubleOf(cause: unknown, { signal }: HttpRequest): unknown {
  if (signal?.aborted) return signal.reason;
  if (cause instanceof ExchangeError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const kind = UNTRUSTED.test(code) ? 'untrusted' : GARBLED.test(code) ? 'garbled' : 'connection';
  return new ExchangeError(kind, `the connection failed${code && ` (${code})`}`);
}

/** One deadline, which moves. */
class Wait {
  readonly #passed: (what: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(passed: (what: string) => void) {
    this.#passed = passed;
  }

  for(timeoutMs: number, what: string): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => this.#passed(`${what} for ${timeoutMs} ms`), timeoutMs);
  }

  refresh(): void {
    this.#timer?.refresh();
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** For good: who answers before it was told all must not be cut off by what was to be waited for. */
  close(): void {
    this.#isClosed = true;
    this.pause();
  }
}

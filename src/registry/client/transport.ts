import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { errorCode } from '../../kernel/index.ts';
import { RegistryError } from '../error.ts';

/** One request, to one address. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Whether the same may be sent once more where nobody knows whether it arrived. @defaultValue true */
  readonly isRepeatable?: boolean;
  readonly signal: AbortSignal;
}

/** An answer. Its body is read once, by `read` or `stream`, or let go of. */
export interface HttpAnswer {
  readonly status: number;
  readonly url: URL;
  header(name: string): string | undefined;
  /** The whole body. Throws `TOO_LARGE`. */
  read(maxBytes: number): Promise<Buffer>;
  /** The body as it comes. */
  stream(): AsyncGenerator<Buffer, void, undefined>;
  release(): void;
}

/** HTTP without anything of a registry's: connections, time limits, broken connections. */
export interface Transport extends Disposable {
  /** Any answer, whatever it says. Throws `UNREACHABLE` as `ConnectionTrouble`, and `ABORTED`. */
  send(request: HttpRequest): Promise<HttpAnswer>;
}

export interface TransportOptions {
  /** How long nothing may come or go. */
  readonly stallTimeoutMs: number;
  /** Certificates that are trusted beside the usual ones, PEM. */
  readonly ca?: string | Buffer;
}

/** The connection could not be made, or did not hold: another one may. */
export class ConnectionTrouble extends RegistryError {
  constructor(url: URL, why: string, cause?: unknown) {
    super('UNREACHABLE', `the registry cannot be reached at ${url.host}: ${why}`, { cause });
  }
}

const CONNECTIONS = 8;
const MAX_UNREAD_BYTES = 64 * 1024; // what is read for nothing, so that the connection can be used again

export async function openTransport(options: TransportOptions): Promise<Transport> {
  const limits = { keepAlive: true, maxSockets: CONNECTIONS, timeout: options.stallTimeoutMs };
  const trust = options.ca === undefined ? {} : { ca: [...(await usualCertificates()), options.ca] };
  const agents = { 'http:': new HttpAgent(limits), 'https:': new HttpsAgent({ ...limits, ...trust }) };
  const start = ({ url, method, headers, signal }: HttpRequest): ClientRequest => {
    const all: RequestOptions = { method, headers, signal, timeout: options.stallTimeoutMs };
    return url.protocol === 'https:'
      ? requestHttps(url, { ...all, agent: agents['https:'] })
      : requestHttp(url, { ...all, agent: agents['http:'] });
  };
  return {
    send: async (request) => await send(request, start, options.stallTimeoutMs),
    [Symbol.dispose]() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** One's own `ca` replaces what Node trusts, so that it has to be given too. */
async function usualCertificates(): Promise<string[]> {
  return (await import('node:tls')).getCACertificates('default');
}

async function send(
  request: HttpRequest,
  start: (request: HttpRequest) => ClientRequest,
  stallTimeoutMs: number,
): Promise<HttpAnswer> {
  for (;;) {
    throwIfAborted(request);
    const started = start(request);
    started.on('timeout', () =>
      started.destroy(new ConnectionTrouble(request.url, `nothing came for ${stallTimeoutMs / 1000} s`)),
    );
    try {
      return answerOf(await answered(started, request.body), request);
    } catch (cause) {
      throwIfAborted(request);
      // A server closes an idle connection whenever it likes, also this moment: that says nothing of the request. Neither does it
      // say that the request was not taken: a part of an upload that is sent twice is refused the second time.
      const isBroken = started.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(errorCode(cause) ?? '');
      if (isBroken && request.isRepeatable !== false) continue;
      throw asTrouble(request.url, cause);
    }
  }
}

async function answered(request: ClientRequest, body: Uint8Array | undefined): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  // A refusal may come before all was sent: what becomes of the rest does not matter then.
  request.on('response', resolve).on('error', reject).end(body);
  return await promise;
}

function answerOf(message: IncomingMessage, request: HttpRequest): HttpAnswer {
  const header = (name: string): string | undefined => {
    const value = message.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  return {
    status: message.statusCode ?? 0,
    url: request.url,
    header,
    read: async (maxBytes) => await readAll(bodyOf(message, request), maxBytes, request.url),
    stream: () => bodyOf(message, request),
    release() {
      const length = header('content-length');
      if (request.method === 'HEAD' || (length !== undefined && Number(length) <= MAX_UNREAD_BYTES))
        message.on('error', () => undefined).resume();
      else message.destroy();
    },
  };
}

async function* bodyOf(
  message: IncomingMessage,
  request: HttpRequest,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* message;
  } catch (cause) {
    throwIfAborted(request);
    throw asTrouble(request.url, cause);
  } finally {
    if (!message.complete) message.destroy();
  }
}

async function readAll(body: AsyncIterable<Buffer>, maxBytes: number, url: URL): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes)
      throw new RegistryError('TOO_LARGE', `the answer of ${url.host} is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function throwIfAborted({ signal, url }: HttpRequest): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof RegistryError) throw signal.reason;
  throw new RegistryError('ABORTED', `asking the registry at ${url.host} was aborted`, {
    cause: signal.reason,
  });
}

function asTrouble(url: URL, cause: unknown): Error {
  if (cause instanceof RegistryError) return cause;
  if (!(cause instanceof Error)) return new ConnectionTrouble(url, String(cause), cause);
  const [first] = cause instanceof AggregateError ? cause.errors : [];
  const why = cause.message || (first instanceof Error ? first.message : (errorCode(cause) ?? cause.name));
  return new ConnectionTrouble(url, why, cause);
}

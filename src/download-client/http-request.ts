import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { visibleText } from '../kernel/index.ts';
import { DownloadError, errorCode } from './error.ts';

/** A server that answers, and how it is asked. Dispose it to close its connections. */
export interface HttpClient extends Disposable {
  /**
   * Asks for an address, following redirects; an answer that refuses throws. The body is to be read to its end or
   * destroyed. Throws `DownloadError`, and `signal.reason`.
   */
  get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer>;
  /** The body of an answer. Throws as `get`. */
  body(answer: HttpAnswer, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined>;
}

export interface HttpAnswer {
  readonly message: IncomingMessage;
  readonly status: number;
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly header: (name: string) => string | undefined;
}

export interface HttpClientOptions {
  /** Sent to the origin of the first address and to no other. */
  readonly token?: string;
  /** How long nothing may come before another try. */
  readonly stallTimeoutMs: number;
  readonly connections: number;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
const MAX_REFUSAL_BYTES = 4096;
const MAX_RETRY_AFTER_MS = 60_000;

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const limits = { keepAlive: true, maxSockets: options.connections + 1 };
  const agents = { 'http:': new HttpAgent(limits), 'https:': new HttpsAgent(limits) };
  const ask = (url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) =>
    send(url, { headers, signal, stallTimeoutMs: options.stallTimeoutMs, agents });
  return {
    async get(first, headers, signal) {
      let url = first;
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
        const message = await ask(url, { ...headers, ...credentials(options, first, url) }, signal);
        const answer = answerOf(message, url);
        if (!REDIRECTS.includes(answer.status)) return await accepted(answer, signal, options.stallTimeoutMs);
        message.destroy(); // what it says beside is for people
        url = redirected(url, answer.header('location'));
      }
      throw new DownloadError('INVALID', `${shownUrl(first)} redirects more than ${MAX_REDIRECTS} times`);
    },
    body: (answer, signal) => readBody(answer, signal, options.stallTimeoutMs),
    [Symbol.dispose]() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** An address for messages: without the query, which may hold a signature, and without credentials. */
export const shownUrl = ({ protocol, host, pathname }: URL): string => `${protocol}//${host}${pathname}`;

/** What kept an answer from coming, or from coming to its end. */
export const brokenOff = (url: URL, why: string, cause?: unknown): DownloadError =>
  new DownloadError('UNREACHABLE', `${shownUrl(url)}: ${why}`, { isTransient: true, cause });

const MAX_UNREAD_BYTES = 64 * 1024; // what is read to its end for nothing, to use the connection again

/** Lets go of an answer whose body nobody wants, which may have no end. */
export function letGo({ message, header }: HttpAnswer): void {
  const length = header('content-length');
  if (length !== undefined && Number(length) <= MAX_UNREAD_BYTES) message.resume();
  else message.destroy();
}

interface Sending {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly stallTimeoutMs: number;
  readonly agents: { readonly 'http:': HttpAgent; readonly 'https:': HttpsAgent };
}

async function send(url: URL, sending: Sending): Promise<IncomingMessage> {
  for (;;) {
    sending.signal.throwIfAborted();
    const request = start(url, sending);
    try {
      return await answered(request, url, sending.stallTimeoutMs);
    } catch (cause) {
      sending.signal.throwIfAborted();
      // A server closes an idle connection whenever it likes, also this moment: that says nothing of the request.
      if (request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(errorCode(cause) ?? '')) continue;
      throw cause instanceof DownloadError ? cause : brokenOff(url, reasonOf(cause), cause);
    }
  }
}

function start(url: URL, { signal, agents, headers }: Sending): ClientRequest {
  // A second compression would gain nothing, and digests and ranges are of what is stored.
  const all = { 'user-agent': 'slipway', 'accept-encoding': 'identity', ...headers };
  return url.protocol === 'https:'
    ? requestHttps(url, { headers: all, signal, agent: agents['https:'] })
    : requestHttp(url, { headers: all, signal, agent: agents['http:'] });
}

async function answered(request: ClientRequest, url: URL, stallTimeoutMs: number): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const timer = setTimeout(
    () => request.destroy(brokenOff(url, `no answer for ${stallTimeoutMs / 1000} seconds`)),
    stallTimeoutMs,
  );
  request.on('response', resolve).on('error', reject).end();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  const [first] = cause instanceof AggregateError ? cause.errors : [];
  return cause.message || (first instanceof Error ? first.message : (errorCode(cause) ?? cause.name));
};

function credentials({ token }: HttpClientOptions, first: URL, url: URL): Record<string, string> {
  return token !== undefined && url.origin === first.origin ? { authorization: `Bearer ${token}` } : {};
}

function answerOf(message: IncomingMessage, url: URL): HttpAnswer {
  const header = (name: string): string | undefined => {
    const value = message.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return { message, status: message.statusCode ?? 0, url, header };
}

function redirected(url: URL, location: string | undefined): URL {
  const next = URL.parse(location ?? '', url.href);
  if (next === null || !/^https?:$/.test(next.protocol)) {
    throw new DownloadError('INVALID', `${shownUrl(url)} redirects to what is no web address`);
  }
  if (url.protocol === 'https:' && next.protocol !== 'https:') {
    throw new DownloadError(
      'INVALID',
      `${shownUrl(url)} redirects to ${shownUrl(next)}, which is not encrypted`,
    );
  }
  return next;
}

const isTransientStatus = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status);

/** The answer, unless it is a refusal. A 412 and a 416 say something about a range, and are for whoever asked for one. */
async function accepted(
  answer: HttpAnswer,
  signal: AbortSignal,
  stallTimeoutMs: number,
): Promise<HttpAnswer> {
  const { status, url } = answer;
  if (status < 400 || status === 412 || status === 416) return answer;
  const sentence = await refusalIn(readBody(answer, signal, stallTimeoutMs), signal);
  const message = `${shownUrl(url)} answered ${status}${sentence === '' ? '' : `: ${sentence}`}`;
  if (!isTransientStatus(status)) throw new DownloadError('REFUSED', message);
  const seconds = Number(answer.header('retry-after'));
  const retryAfterMs = Number.isFinite(seconds) ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) : 0;
  throw new DownloadError('UNREACHABLE', message, { isTransient: true, retryAfterMs });
}

/** The first line of what the server says; of JSON its message. */
async function refusalIn(body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of body) {
      pieces.push(piece);
      size += piece.length;
      if (size > MAX_REFUSAL_BYTES) break;
    }
  } catch {
    signal.throwIfAborted(); // what came of it is all that can be said
  }
  const text = Buffer.concat(pieces).subarray(0, MAX_REFUSAL_BYTES).toString();
  if (/^\s*</.test(text)) return ''; // a page
  const [line = ''] = (messageIn(text) ?? text).trim().split('\n');
  return visibleText(line.slice(0, 500));
}

/** `{ message }`, `{ error }`, or `{ error: { message } }`, as our own server has it. */
function messageIn(text: string): string | undefined {
  try {
    return messageOf(JSON.parse(text));
  } catch {
    return undefined; // plain text
  }
}

function messageOf(read: unknown): string | undefined {
  if (typeof read === 'string') return read;
  if (typeof read !== 'object' || read === null) return undefined;
  if ('message' in read && typeof read.message === 'string') return read.message;
  return 'error' in read ? messageOf(read.error) : undefined;
}

/** Time counts while a chunk is waited for, and not while the one before is being written. */
async function* readBody(
  { message, url }: HttpAnswer,
  signal: AbortSignal,
  stallTimeoutMs: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let isWaiting = true;
  const timer = setTimeout(() => {
    if (isWaiting) message.destroy(brokenOff(url, `nothing came for ${stallTimeoutMs / 1000} seconds`));
  }, stallTimeoutMs);
  try {
    for await (const chunk of message) {
      isWaiting = false;
      yield chunk;
      isWaiting = true;
      timer.refresh();
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw cause instanceof DownloadError ? cause : brokenOff(url, `broke off (${reasonOf(cause)})`, cause);
  } finally {
    clearTimeout(timer);
    message.destroy();
  }
}

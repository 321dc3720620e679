import {
  type ClientRequest,
  type IncomingMessage,
  request as plainRequest,
  type ServerResponse,
} from 'node:http';
import { request as tlsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { errorCode } from '../../../kernel/index.ts';

/** Headers that belong to one connection and not to what is sent over it. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** Of requests: what the proxy says itself. */
const OWN: ReadonlySet<string> = new Set(['host', 'authorization', 'expect']);

// A service that takes this long without a byte does not answer any more.
const SILENCE_MS = 10 * 60_000;

/** `name, value, name, value`, as Node takes and gives headers without changing them. */
function passedHeaders(message: IncomingMessage, dropped: ReadonlySet<string>): string[] {
  const named = new Set(
    (message.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()),
  );
  const passed: string[] = [];
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = message.rawHeaders.slice(at, at + 2);
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && !named.has(lower) && !dropped.has(lower)) passed.push(name, value);
  }
  return passed;
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

export interface ForwardOptions {
  readonly url: URL;
  /** The `Authorization` header for it. */
  readonly authorization: string;
  /** Headers of the answer, beside those of the service. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Sends a request on and its answer back, both as they come. Redirects go back as they are. Does not reject. */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  options: ForwardOptions,
): Promise<void> {
  const upstream = open(request, options);
  response.once('close', () => upstream.destroy());
  const answered = Promise.withResolvers<IncomingMessage>();
  upstream.once('response', answered.resolve).once('error', answered.reject);
  // A service may answer before it has all of a request: the answer counts, whatever becomes of the rest.
  void pipeline(request, upstream).catch(() => undefined);
  try {
    const answer = await answered.promise;
    const headers = passedHeaders(answer, new Set());
    response.writeHead(answer.statusCode ?? 502, [...headers, ...Object.entries(options.headers).flat()]);
    await pipeline(answer, response);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else
      answerProblem(response, 502, `the service could not be reached: ${errorCode(error) ?? 'it broke off'}`);
  }
}

function open(request: IncomingMessage, { url, authorization, signal }: ForwardOptions): ClientRequest {
  const headers = passedHeaders(request, OWN);
  headers.push('host', url.host, 'authorization', authorization);
  // Older clients leave it out, and services want it.
  if (hasBody(request) && request.headers['content-type'] === undefined)
    headers.push('content-type', 'application/json');
  if (request.headers['transfer-encoding'] !== undefined) headers.push('transfer-encoding', 'chunked');
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest;
  const upstream = send(url, { method: request.method ?? 'GET', headers, signal, timeout: SILENCE_MS });
  upstream.on('timeout', () => upstream.destroy(new Error('the service said nothing for too long')));
  if (hasBody(request)) upstream.flushHeaders(); // the answer may come before the first byte of the body
  return upstream;
}

/** An answer of the proxy itself, in the form that services have. */
export function answerProblem(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify({ code: 'ProxyError', message });
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(body);
}

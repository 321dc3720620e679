import type { ClientRequest, IncomingMessage } from 'node:http';
import { CacheError } from '../error.ts';
import { PassingError } from '../passing-error.ts';
import type { Agents } from '../pull/http/agents.ts';
import { http, https } from '../pull/http/node-http.ts';
import { reasonOf } from '../pull/http/send-request.ts';
import { shownUrl } from '../pull/http/shown-url.ts';
import { createOutgoing, type Outgoing } from '../push/outgoing.ts';
import { refusalWords } from '../wire/refusal-words.ts';

/** Where an upload goes, and as whom. */
export interface UploadLink {
  readonly agents: Agents;
  /** The value of the header `Authorization`; absent, or `undefined`: nobody in particular. */
  readonly authorize?: (method: string, url: URL) => string | undefined;
  readonly signal: AbortSignal;
  /** How long the server may take nothing, or say nothing once it has everything. */
  readonly stallMs: number;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Posts what `write` writes, and gives what the server answers. A server that refuses in the middle is heard at once.
 * Throws `REFUSED` with what it says, `UNAVAILABLE`, `PassingError` for what may pass, what `write` throws, and the
 * signal's reason.
 */
export async function sendBody(
  url: URL,
  { agents, authorize, signal, stallMs }: UploadLink,
  write: (out: Outgoing) => Promise<void>,
): Promise<Buffer> {
  signal.throwIfAborted();
  const request = start(url, agents, authorize?.('POST', url));
  const abort = (): void => void request.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const answered = answerOf(request);
    const written = writeAll(request, { stallMs, signal }, write);
    written.catch(() => {}); // what the server says counts first
    const message = await Promise.race([
      answered,
      written.then(() => within(answered, request, { url, stallMs })),
    ]);
    return await read(url, message);
  } catch (cause) {
    signal.throwIfAborted();
    request.destroy();
    if (cause instanceof CacheError) throw cause;
    throw new PassingError(`cannot send to ${shownUrl(url)}: ${reasonOf(cause)}`, { cause });
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function start(url: URL, agents: Agents, authorization: string | undefined): ClientRequest {
  const isTls = url.protocol === 'https:';
  return (isTls ? https : http).request(url, {
    method: 'POST',
    agent: isTls ? agents.https : agents.http,
    headers: {
      'user-agent': 'slipway',
      'content-type': 'application/octet-stream',
      ...(authorization !== undefined && { authorization }),
    },
  });
}

function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.on('response', resolve).on('error', reject);
  promise.catch(() => {}); // told where it is waited for
  return promise;
}

async function writeAll(
  request: ClientRequest,
  limits: { readonly stallMs: number; readonly signal: AbortSignal },
  write: (out: Outgoing) => Promise<void>,
): Promise<void> {
  const out = createOutgoing(request, limits);
  await write(out);
  out.end();
}

async function within(
  answered: Promise<IncomingMessage>,
  request: ClientRequest,
  { url, stallMs }: { readonly url: URL; readonly stallMs: number },
): Promise<IncomingMessage> {
  const stalled = (): void => {
    request.destroy(new PassingError(`${shownUrl(url)}: no answer for ${stallMs / 1000} seconds`));
  };
  const timer = setTimeout(stalled, stallMs);
  try {
    return await answered;
  } finally {
    clearTimeout(timer);
  }
}

async function read(url: URL, message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of message as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > MAX_ANSWER_BYTES)
      throw new CacheError('PROTOCOL', `${shownUrl(url)} answers with more than ${MAX_ANSWER_BYTES} bytes`);
    pieces.push(piece);
  }
  const body = Buffer.concat(pieces);
  const status = message.statusCode ?? 0;
  if (status === 200) return body;
  throw refusalOf(url, status, body);
}

const MAY_PASS = [408, 429, 502, 503, 504];
const NO_SUCH_ROUTE = [404, 405];

function refusalOf(url: URL, status: number, body: Buffer): CacheError {
  const { message, hint } = refusalWords(body);
  const shown = message ?? `status ${status}`;
  if (MAY_PASS.includes(status) || status === 500) return new PassingError(`${shownUrl(url)}: ${shown}`);
  if (NO_SUCH_ROUTE.includes(status)) {
    return new CacheError('REFUSED', `${shownUrl(url)}: nothing can be sent there (status ${status})`, {
      hint: 'Is that the address of an artifact cache of `slipway server`, such as http://host:8080/artifacts/?',
    });
  }
  return new CacheError('REFUSED', `${url.origin} refused: ${shown}`, {
    ...(hint !== undefined && { hint }),
  });
}

import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { errorCode, systemWords } from '../kernel/index.ts';
import { QueueClientError } from './error.ts';

/** One request as it is sent. */
export interface Sent {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** Until the answer has come to its end. */
  readonly timeoutMs: number;
  /** It is never sent twice: each try says which one it is. */
  readonly isCounted?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** What the server asks for before another try; absent: nothing. */
  readonly retryAfterMs?: number;
  readonly body: string;
}

/** Connections to a server that are used again and again. Dispose it to close them. */
export interface Connections extends Disposable {
  /** Throws `NoAnswer`, `QueueClientError` for what no other try can change, and `signal.reason`. */
  send(sent: Sent): Promise<Answer>;
}

/** A page of a thousand tasks has some megabytes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const IDLE_MS = 60_000;

export function openConnections(): Connections {
  // As Node has it for its own agents: proxies of the environment count where it is told to look there.
  const proxyEnv = process.env['NODE_USE_ENV_PROXY'] === '1' ? { proxyEnv: process.env } : {};
  const limits = { keepAlive: true, timeout: IDLE_MS, ...proxyEnv };
  const agents = { http: new HttpAgent(limits), https: new HttpsAgent(limits) };
  let isClosed = false;
  return {
    async send(sent) {
      for (;;) {
        sent.signal?.throwIfAborted();
        if (isClosed) throw new QueueClientError('the client was closed');
        const request = begin(sent, agents);
        try {
          return await answerTo(request, sent);
        } catch (cause) {
          sent.signal?.throwIfAborted();
          // A server closes an idle connection whenever it likes, also this moment: that says nothing of the request.
          const isIdleEnd = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(errorCode(cause) ?? '');
          if (isIdleEnd && !sent.isCounted) continue;
          throw cause instanceof QueueClientError ? cause : unreachable(sent.url, reasonOf(cause), cause);
        }
      }
    },
    [Symbol.dispose]() {
      isClosed = true;
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** Nothing came, or nothing whole: another try may have more luck. */
export class NoAnswer extends QueueClientError {}

const unreachable = (url: URL, why: string, cause?: unknown): NoAnswer =>
  new NoAnswer(`no answer from ${url.origin}: ${why}`, {
    hint: isOfCertificate(url, cause)
      ? "NODE_EXTRA_CA_CERTS names a file with the certificate of an authority of one's own, or the server's."
      : `is a server running at ${url.origin}, and is that its address (TASKCLUSTER_ROOT_URL)?`,
    cause,
  });

/** Something is there, and it cannot prove that it is the one. */
const isOfCertificate = (url: URL, cause: unknown): boolean =>
  url.protocol === 'https:' && /CERT|SELF_SIGNED|UNABLE_TO_/.test(errorCode(cause) ?? '');

function begin(
  { method, url, headers, signal }: Sent,
  agents: { readonly http: HttpAgent; readonly https: HttpsAgent },
): ClientRequest {
  const all = { 'user-agent': 'slipway', accept: 'application/json', ...headers };
  const options = { method, headers: all, ...(signal !== undefined && { signal }) };
  return url.protocol === 'https:'
    ? requestHttps(url, { ...options, agent: agents.https })
    : requestHttp(url, { ...options, agent: agents.http });
}

async function answerTo(request: ClientRequest, { url, body, timeoutMs }: Sent): Promise<Answer> {
  const timer = setTimeout(
    () => request.destroy(unreachable(url, `it did not come within ${timeoutMs / 1000} seconds`)),
    timeoutMs,
  );
  try {
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve).on('error', reject).end(body);
    });
    return await read(message, url);
  } finally {
    clearTimeout(timer);
  }
}

async function read(message: IncomingMessage, url: URL): Promise<Answer> {
  const status = message.statusCode ?? 0;
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of message as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > MAX_BODY_BYTES)
      throw new QueueClientError(`${url.origin} answers with more than ${MAX_BODY_BYTES} bytes`, { status });
    pieces.push(piece);
  }
  const retryAfterSeconds = Number(message.headers['retry-after'] ?? Number.NaN);
  return {
    status,
    contentType: message.headers['content-type'] ?? '',
    ...(retryAfterSeconds > 0 && { retryAfterMs: retryAfterSeconds * 1000 }),
    body: Buffer.concat(pieces).toString(),
  };
}

function reasonOf(cause: unknown): string {
  // Of several addresses of a name each has its own.
  const [first] = cause instanceof AggregateError ? cause.errors : [cause];
  return (
    systemWords(first) ?? (first instanceof Error && first.message !== '' ? first.message : 'it broke off')
  );
}

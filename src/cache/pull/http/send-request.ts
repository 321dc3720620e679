import type { ClientRequest, IncomingMessage } from 'node:http';
import { CacheError } from '../../error.ts';
import { PassingError } from '../../passing-error.ts';
import type { Agents } from './agents.ts';
import { http, https } from './node-http.ts';
import { shownUrl } from './shown-url.ts';

export interface Sending {
  readonly agents: Agents;
  readonly signal: AbortSignal;
  /** How long an answer may take to begin. */
  readonly stallTimeoutMs: number;
  readonly body?: Uint8Array;
  /** The header of that name. */
  readonly authorization?: string;
  /** Whether a server that cannot be reached was there a moment ago, and may be back soon. */
  readonly hasAnswered: boolean;
}

/** Sends one request and waits for its answer to begin. Throws `CacheError` and `signal.reason`. */
export async function sendRequest(url: URL, sending: Sending): Promise<IncomingMessage> {
  for (;;) {
    sending.signal.throwIfAborted();
    const request = start(url, sending);
    try {
      return await answered(request, url, sending);
    } catch (cause) {
      sending.signal.throwIfAborted();
      // A server closes an idle connection whenever it likes, also this moment: that says nothing of the request.
      if (request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(codeOf(cause) ?? '')) continue;
      throw cause instanceof CacheError ? cause : troubleWith(url, cause, sending.hasAnswered);
    }
  }
}

function start(url: URL, { agents, signal, body, authorization }: Sending): ClientRequest {
  const { request } = url.protocol === 'https:' ? https : http;
  const started = request(url, {
    method: body === undefined ? 'GET' : 'POST',
    agent: url.protocol === 'https:' ? agents.https : agents.http,
    headers: {
      'user-agent': 'slipway',
      'accept-encoding': 'identity', // objects are compressed already, and sizes and digests are of what is stored
      ...(authorization !== undefined && { authorization }),
      ...(body !== undefined && {
        'content-type': 'application/octet-stream',
        'content-length': body.length,
      }),
    },
  });
  // By hand: the option `signal` watches each end of the request, which costs as much as the rest of it.
  const abort = (): void => void started.destroy();
  signal.addEventListener('abort', abort, { once: true });
  return started.once('close', () => signal.removeEventListener('abort', abort));
}

async function answered(
  request: ClientRequest,
  url: URL,
  { stallTimeoutMs, body }: Sending,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const stalled = (): void => {
    request.destroy(new PassingError(`${shownUrl(url)}: no answer for ${stallTimeoutMs / 1000} seconds`));
  };
  const timer = setTimeout(stalled, stallTimeoutMs);
  request.on('response', resolve).on('error', reject).end(body);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;

const UNREACHABLE = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND'];
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/;

/** What a connection's trouble means: a wrong address or certificate stays wrong, what broke may be back. */
function troubleWith(url: URL, cause: unknown, hasAnswered: boolean): CacheError {
  const code = codeOf(cause) ?? '';
  const message = `cannot fetch ${shownUrl(url)}: ${reasonOf(cause)}`;
  if (CERTIFICATE.test(code)) {
    const hint = "NODE_EXTRA_CA_CERTS names a file with a certificate of one's own authority.";
    return new CacheError('UNAVAILABLE', message, { cause, ...(url.protocol === 'https:' && { hint }) });
  }
  const staysAway = UNREACHABLE.includes(code) && !hasAnswered;
  return staysAway ? new CacheError('UNAVAILABLE', message, { cause }) : new PassingError(message, { cause });
}

/** What an error says; several addresses of one host that all failed say it of the first. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const [first] = cause instanceof AggregateError ? cause.errors : [];
  return cause.message || (first instanceof Error ? first.message : (codeOf(cause) ?? cause.name));
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, BlockList } from 'node:net';
import { signRequest, signUrl } from '../../../auth/index.ts';
import type { Credentials } from '../../../queue-api/index.ts';
import { answerProblem, forward } from './forward.ts';
import { proxyTarget } from './proxy-target.ts';

export interface ProxyOptions {
  readonly host: string;
  readonly port: number;
  /** Of the deployment, without a trailing slash. */
  readonly rootUrl: string;
  /** The newest ones of the run, asked for each request. */
  readonly credentials: () => Credentials;
  /** All that requests through the proxy may. */
  readonly authorizedScopes: readonly string[];
  /** Addresses that may use it; connections of others are closed. */
  readonly clients: BlockList;
  /** Of this program. */
  readonly version: string;
}

/** A proxy that listens. Disposing it ends what is under way. */
export interface ProxyServer extends AsyncDisposable {
  readonly port: number;
}

const CONNECTIONS = 256;
const HEADERS_TIMEOUT_MS = 20_000;
const SIGNED_URL_MS = 60 * 60_000;
const MAX_URL_BYTES = 16 * 1024;

/**
 * Listens for requests of one run's container and sends them on with the run's rights. Rejects with the system's error where
 * it cannot listen.
 */
export async function openProxy(options: ProxyOptions): Promise<ProxyServer> {
  const closing = new AbortController();
  const server = createServer(
    // A request may take as long as its task: it costs nobody else anything.
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0, noDelay: true },
    (request, response) =>
      void answer(request, response, { ...options, signal: closing.signal }).catch((error: unknown) =>
        answerProblem(response, 500, `the request could not be signed: ${String(error)}`),
      ),
  );
  server.maxConnections = CONNECTIONS;
  server.on('connection', (socket) => {
    if (!options.clients.check(socket.remoteAddress ?? '', 'ipv4')) socket.destroy();
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      closing.abort();
      server.closeAllConnections();
      await closed;
    },
  };
}

type Answering = ProxyOptions & { readonly signal: AbortSignal };

async function answer(request: IncomingMessage, response: ServerResponse, options: Answering): Promise<void> {
  const target = proxyTarget(options.rootUrl, request.url ?? '');
  switch (target.type) {
    case 'refused':
      request.resume();
      return answerProblem(response, target.status, target.reason);
    case 'sign-url':
      return await answerSigned(request, response, options);
    case 'api': {
      const { url } = target;
      const credentials = options.credentials();
      const { authorizedScopes } = options;
      await forward(request, response, {
        url,
        authorization: signRequest(request.method ?? 'GET', url, { credentials, authorizedScopes }),
        headers: {
          'x-taskcluster-endpoint': url.href,
          'x-taskcluster-proxy-version': options.version,
          'x-taskcluster-proxy-temp-clientid': credentials.clientId,
        },
        signal: options.signal,
      });
    }
  }
}

/** `POST /bewit` with a URL as its body: the same URL with a signature that is good for an hour. */
async function answerSigned(
  request: IncomingMessage,
  response: ServerResponse,
  { credentials, authorizedScopes }: Answering,
): Promise<void> {
  const text = await readText(request);
  if (text === undefined) return answerProblem(response, 413, 'the body is too long for a URL');
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol))
    return answerProblem(response, 400, 'expected the URL to sign as the body of the request');
  url.hash = '';
  const signed = signUrl(url, {
    credentials: credentials(),
    authorizedScopes,
    expiresAt: Date.now() + SIGNED_URL_MS,
  });
  response
    .writeHead(303, { location: signed.href, 'content-type': 'text/plain; charset=utf-8' })
    .end(signed.href);
}

async function readText(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > MAX_URL_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

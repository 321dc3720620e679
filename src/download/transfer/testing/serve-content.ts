import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { DownloadContent } from '../../content.ts';
import type { SendOutcome } from '../send-chunks.ts';
import { type SendOptions, sendContent } from '../send-content.ts';
import { type RawClient, type RawResponse, rawClient, requestText } from './raw-client.ts';

export type ServeOptions = Partial<Omit<SendOptions, 'request' | 'response' | 'content'>> & {
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly server?: ServerOptions;
};

export interface ContentServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly server: Server;
  /** Of the first transfer that nobody has asked for yet; what it threw is thrown. */
  nextOutcome(): Promise<SendOutcome>;
}

const STALL_TIMEOUT_MS = 60_000;

/** A server that answers everything with one content. What `sendContent` throws becomes a 500. */
export async function serveContent(
  content: DownloadContent,
  options: ServeOptions = {},
): Promise<ContentServer> {
  const { tls, server: serverOptions = {}, ...sending } = options;
  const outcomes: Promise<SendOutcome>[] = [];
  const waiting: ((outcome: Promise<SendOutcome>) => void)[] = [];
  const answer: RequestListener = (request, response) => {
    const outcome = sendContent({
      signal: new AbortController().signal,
      stallTimeoutMs: STALL_TIMEOUT_MS,
      ...sending,
      request,
      response,
      content,
    });
    outcome.catch(() => response.writeHead(500, { 'content-length': 0 }).end());
    const waiter = waiting.shift();
    if (waiter === undefined) outcomes.push(outcome);
    else waiter(outcome);
  };
  const server =
    tls === undefined
      ? createServer(serverOptions, answer)
      : createTlsServer({ ...serverOptions, ...tls }, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/`,
    server,
    async nextOutcome() {
      return outcomes.shift() ?? new Promise((resolve) => waiting.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A server of a content, and a connection to it. */
interface ServedClient extends AsyncDisposable {
  readonly server: ContentServer;
  readonly client: RawClient;
}

export async function serveClient(
  content: DownloadContent,
  options: ServeOptions = {},
): Promise<ServedClient> {
  const server = await serveContent(content, options);
  const client = await rawClient(server.port);
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** One request for a content, and its answer. */
export async function askContent(
  content: DownloadContent,
  headers: Readonly<Record<string, string>> = {},
  { method = 'GET', ...options }: ServeOptions & { readonly method?: string } = {},
): Promise<RawResponse> {
  await using served = await serveClient(content, options);
  served.client.send(requestText(headers, method));
  return await served.client.response({ isHead: method === 'HEAD' });
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One request that came. */
export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Breaks the connection off after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Sends so many bytes of the body, and nothing more. */
  readonly stallAfter?: number;
}

/** Answers, says nothing at all, or breaks the connection off before anything was said. */
export type Handler = (request: SeenRequest, count: number) => Answer | 'silence' | 'cut';

/** A registry that does as it is told. */
export interface StandIn extends AsyncDisposable {
  readonly host: string;
  readonly requests: readonly SeenRequest[];
}

export async function openStandIn(
  handler: Handler,
  tls?: { readonly key: Buffer; readonly cert: Buffer },
): Promise<StandIn> {
  const requests: SeenRequest[] = [];
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    const seen = { method, url, headers, body: await buffer(request) };
    requests.push(seen);
    const answer = handler(seen, requests.length);
    if (answer === 'cut') response.destroy();
    else if (answer !== 'silence') send(response, answer);
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    listener(request, response).catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    host: `127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function send(
  response: ServerResponse,
  { status = 200, headers = {}, body = '', cutAfter, stallAfter }: Answer,
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'content-length': String(bytes.length), ...headers });
  if (stallAfter !== undefined) response.write(bytes.subarray(0, stallAfter));
  else if (cutAfter === undefined) response.end(bytes);
  else response.write(bytes.subarray(0, cutAfter), () => response.destroy());
}

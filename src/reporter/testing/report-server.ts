import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly event: string;
  readonly token: string | null;
  readonly body: Record<string, unknown>;
}

export interface ReportServer extends AsyncDisposable {
  readonly host: string;
  readonly received: Received[];
}

type Answer = (response: ServerResponse, request: IncomingMessage, count: number) => void;

/** A server on this machine that keeps what it is told; `answer` says how it behaves. */
export async function startServer(answer: Answer = (response) => response.end('{}')): Promise<ReportServer> {
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const url = new URL(request.url ?? '', 'http://x');
      const body = JSON.parse(Buffer.concat(pieces).toString()) as Received['body'];
      received.push({ event: url.pathname, token: url.searchParams.get('wercker_token'), body });
      answer(response, request, received.length);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

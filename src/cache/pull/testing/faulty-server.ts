import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** What the server does with one request, instead of answering it well. */
export type Fault =
  | { readonly type: 'status'; readonly status: number }
  /** Says that it is all, and sends something else. */
  | {
      readonly type: 'body';
      readonly body: Buffer | string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Sends half, and closes the connection. */
  | { readonly type: 'cut' }
  /** Closes the connection without an answer. */
  | { readonly type: 'reset' }
  /** Sends half, and then nothing. */
  | { readonly type: 'stall' }
  /** Says nothing at all. */
  | { readonly type: 'silence' }
  /** Goes on without an end. */
  | { readonly type: 'endless' }
  /** Says another length than it sends. */
  | { readonly type: 'length'; readonly more: number }
  /** Does not say how long it is. */
  | { readonly type: 'chunked' }
  | { readonly type: 'redirect'; readonly to: string };

/** Any web server that serves a repository, and can be told to fail. Dispose it to end it with all its connections. */
export interface FaultyServer extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  /** Chosen for each request by its path without the first slash, and how often that was asked for before; absent: it is answered well. */
  fault: ((path: string, before: number) => Fault | undefined) | undefined;
  /** What was asked for, in order. */
  readonly asked: string[];
  /** Of requests for objects. */
  readonly askedObjects: readonly string[];
  /** The most requests that were open at a time. */
  readonly mostAtOnce: number;
  /** How many connections were made. */
  readonly connections: number;
}

export async function startFaultyServer(folder: string): Promise<FaultyServer> {
  const asked: string[] = [];
  const now = { open: 0, most: 0, connections: 0 };
  let started: FaultyServer;
  const listener: RequestListener = (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname).slice(1);
    const before = asked.filter((other) => other === path).length;
    asked.push(path);
    now.open += 1;
    now.most = Math.max(now.most, now.open);
    response.on('close', () => {
      now.open -= 1;
    });
    answer(request, response, { folder, path, fault: started.fault?.(path, before) });
  };
  const server = createServer(listener).on('connection', () => {
    now.connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  started = {
    url: `http://127.0.0.1:${port}`,
    fault: undefined,
    asked,
    get askedObjects() {
      return asked.filter((path) => path.startsWith('objects/'));
    },
    get mostAtOnce() {
      return now.most;
    },
    get connections() {
      return now.connections;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  return started;
}

interface Answering {
  readonly folder: string;
  readonly path: string;
  readonly fault: Fault | undefined;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { folder, path, fault }: Answering,
): void {
  request.resume();
  if (request.method !== 'GET') {
    response.writeHead(405).end();
    return;
  }
  const body = contentOf(join(folder, path));
  if (fault !== undefined) fail(response, fault, body ?? Buffer.alloc(0));
  else if (body === undefined) response.writeHead(404, { 'content-type': 'text/plain' }).end('not here');
  else response.writeHead(200, { 'content-length': body.length }).end(body);
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined; // also a folder
  }
}

function fail(response: ServerResponse, fault: Fault, body: Buffer): void {
  const half = body.subarray(0, body.length / 2);
  switch (fault.type) {
    case 'status':
      response.writeHead(fault.status, { 'content-type': 'text/plain' }).end('because of the test');
      return;
    case 'redirect':
      response.writeHead(302, { location: fault.to }).end();
      return;
    case 'body':
      response
        .writeHead(200, { 'content-length': Buffer.byteLength(fault.body), ...fault.headers })
        .end(fault.body);
      return;
    case 'reset':
      response.destroy();
      return;
    case 'silence':
      return;
    case 'cut':
      response.writeHead(200, { 'content-length': body.length });
      response.write(half, () => response.destroy());
      return;
    case 'stall':
      response.writeHead(200, { 'content-length': body.length }).write(half);
      return;
    case 'length':
      response.writeHead(200, { 'content-length': body.length + fault.more });
      response.end(body, () => response.destroy());
      return;
    case 'chunked':
      response.writeHead(200).write(half);
      response.end(body.subarray(half.length));
      return;
    case 'endless':
      response.writeHead(200);
      pour(response);
  }
}

function pour(response: ServerResponse): void {
  const piece = Buffer.alloc(256 * 1024, 'x');
  while (response.write(piece));
  response.once('drain', () => pour(response));
}

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ServedRepository } from '../../serve/serve-repository.ts';
import { CACHE_HEADER, CACHE_VERSION, CLOSURE_PATH } from '../../wire/batch.ts';

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

export interface FaultyServerOptions {
  /** Answers what our own servers answer as well. */
  readonly served?: ServedRepository;
}

export async function startFaultyServer(
  folder: string,
  { served }: FaultyServerOptions = {},
): Promise<FaultyServer> {
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
    const fault = started.fault?.(path, before);
    if (served !== undefined) response.setHeader(CACHE_HEADER, CACHE_VERSION);
    void contentOf(request, { folder, path, served }).then((body) => answer(response, body, fault));
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

interface Asked {
  readonly folder: string;
  readonly path: string;
  readonly served: ServedRepository | undefined;
}

function answer(response: ServerResponse, body: Buffer | undefined, fault: Fault | undefined): void {
  if (fault !== undefined) fail(response, fault, body ?? Buffer.alloc(0));
  else if (body === undefined) response.writeHead(404, { 'content-type': 'text/plain' }).end('not here');
  else response.writeHead(200, { 'content-length': body.length }).end(body);
}

async function contentOf(
  request: IncomingMessage,
  { folder, path, served }: Asked,
): Promise<Buffer | undefined> {
  const { signal } = new AbortController();
  const question = await buffer(request);
  if (request.method === 'POST') {
    const chunks = served?.batch(question, { signal, onObject: () => {} });
    return chunks && (await buffer(copies(chunks)));
  }
  if (path.startsWith(CLOSURE_PATH)) return await served?.closure(path.slice(CLOSURE_PATH.length), signal);
  try {
    return await readFile(join(folder, path));
  } catch {
    return undefined; // also a folder
  }
}

async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk); // they are borrowed
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

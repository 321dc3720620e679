import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does with one request, instead of answering it well. */
export type Fault =
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  /** Begins to say why it refuses, and then nothing more comes. */
  | { readonly refusesAndStalls: number }
  /** Sends so many bytes of the body, and then closes the connection. */
  | { readonly cutAfter: number }
  /** Sends so many bytes of the body, and then nothing more. */
  | { readonly stallAfter: number }
  | { readonly redirect: string };

export interface Served {
  readonly body: Buffer;
  /** With its quotes. Absent: none is sent. */
  readonly etag?: string;
  /** @defaultValue true */
  readonly ranges?: boolean;
  /** Whether it says how long the body is. @defaultValue true */
  readonly length?: boolean;
  /** Whether it says the digest. @defaultValue true */
  readonly digest?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AskedFor {
  readonly url: string;
  /** As it was asked for; empty: all. */
  readonly range: string;
  readonly headers: IncomingMessage['headers'];
}

/** A server that can be told to fail. Dispose it to end it with all its connections. */
export interface FaultServer extends AsyncDisposable {
  readonly url: URL;
  /** What it serves under every path, which may be changed. */
  served: Served;
  /** Chosen for each request; absent: it is answered well. */
  fault: ((asked: AskedFor, index: number) => Fault | undefined) | undefined;
  /** All requests but those for the first byte alone, in their order. */
  readonly asked: AskedFor[];
}

export async function startFaultServer(served: Served): Promise<FaultServer> {
  const server = createServer((request, response) => {
    const about = { url: request.url ?? '', range: request.headers.range ?? '', headers: request.headers };
    if (about.range !== 'bytes=0-0') started.asked.push(about);
    const fault = started.fault?.(about, started.asked.length - 1);
    answer(request, response, { served: started.served, fault });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const started: FaultServer = {
    url: new URL(`http://127.0.0.1:${port}/files/output.tar`),
    served,
    fault: undefined,
    asked: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  return started;
}

const digests = new WeakMap<Buffer, string>(); // a large body is asked for often

function digestOf(body: Buffer): string {
  const digest = digests.get(body) ?? `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
  digests.set(body, digest);
  return digest;
}

interface Answering {
  readonly served: Served;
  readonly fault: Fault | undefined;
}

function answer(request: IncomingMessage, response: ServerResponse, { served, fault }: Answering): void {
  if (fault !== undefined && 'redirect' in fault) {
    response.writeHead(302, { location: fault.redirect }).end();
  } else if (fault !== undefined && 'refusesAndStalls' in fault) {
    response.writeHead(fault.refusesAndStalls).write('because');
  } else if (fault !== undefined && 'status' in fault) {
    response.writeHead(fault.status, fault.headers).end(fault.body);
  } else {
    sendBody(request, response, served, fault);
  }
}

function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  served: Served,
  fault: Extract<Fault, { cutAfter: number } | { stallAfter: number }> | undefined,
): void {
  const { body, etag, ranges = true, length = true, digest = true } = served;
  const wanted = request.headers['if-match'];
  if (wanted !== undefined && wanted !== etag) {
    response.writeHead(412).end();
    return;
  }
  const [, from, to] = (ranges && /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')) || [];
  const [start, end] =
    from === undefined ? [0, body.length] : [Number(from), Math.min(Number(to) + 1, body.length)];
  const common = {
    ...(etag !== undefined && { etag }),
    ...(digest && { 'repr-digest': digestOf(body) }),
    ...(length && { 'content-length': String(Math.max(0, end - start)) }),
    ...served.headers,
  };
  if (from !== undefined && start >= body.length) {
    response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
    return;
  }
  const range = from === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${body.length}` };
  response.writeHead(from === undefined ? 200 : 206, { ...range, ...common });
  const part = body.subarray(start, end);
  if (fault === undefined) {
    response.end(part);
  } else if ('cutAfter' in fault) {
    response.write(part.subarray(0, fault.cutAfter), () => response.destroy());
  } else {
    response.write(part.subarray(0, fault.stallAfter));
  }
}

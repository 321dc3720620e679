import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, finished, pipeline } from 'node:stream';
import { ByteGate } from '../../../kernel/index.ts';
import { type Connecting, connectTo, Refused } from './connect.ts';
import { type Place, readPlace } from './place.ts';
import type { ReachRules } from './rules.ts';

/** What a build without a network reaches the world by. */
export interface ReachProxy extends Disposable {
  /** Takes a connection of the build, which speaks to it as to any proxy of the web. */
  readonly take: (connection: Duplex) => void;
}

export interface ReachProxyOptions {
  readonly rules: ReachRules;
  /** Told once of each place that was refused, at most `MAX_TOLD` times. */
  readonly onRefused: (text: string) => void;
}

const MAX_CONNECTIONS = 256; // of one build: npm has 15, pip 1, Maven 5
const MAX_TOLD = 20;
/** Between two hops only. */
const HOP_HEADERS = new Set(
  'connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer upgrade'.split(
    ' ',
  ),
);

/** Opens a proxy of one build: `CONNECT`, and requests of plain HTTP. Disposed, it ends all connections. */
export function openReachProxy(options: ReachProxyOptions): ReachProxy {
  const http = process.getBuiltinModule('node:http');
  const over = new AbortController();
  const going: Going = {
    ...options,
    signal: over.signal,
    turns: new ByteGate(1),
    told: new Set(),
    open: new Set(),
  };
  const server: Server = http.createServer((request, response) => {
    forward(going, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else {
        const text = sentence(request.url ?? '', error);
        response.writeHead(statusOf(error), statusText(text), PLAIN).end(text);
      }
    });
  });
  server.on('connect', (request, near: Duplex, head: Buffer) => {
    near.on('error', () => undefined);
    tunnel(going, request, near, head).catch((error: unknown) => {
      const text = sentence(request.url ?? '', error);
      near.end(
        `HTTP/1.1 ${statusOf(error)} ${statusText(text)}\r\n${PLAIN_HEAD}${Buffer.byteLength(text)}\r\n\r\n${text}`,
      );
    });
  });
  server.on('clientError', (_error, near) => near.destroy());
  return {
    take(connection) {
      connection.on('error', () => undefined);
      if (over.signal.aborted || going.open.size >= 2 * MAX_CONNECTIONS) return void connection.destroy();
      track(going, connection);
      server.emit('connection', connection);
    },
    [Symbol.dispose]() {
      over.abort();
      for (const each of going.open) each.destroy();
      server.close();
    },
  };
}

interface Going extends ReachProxyOptions, Connecting {
  readonly told: Set<string>;
  /** Connections of both sides. */
  readonly open: Set<Duplex>;
}

const PLAIN = { 'content-type': 'text/plain', connection: 'close' };
const PLAIN_HEAD = 'content-type: text/plain\r\nconnection: close\r\ncontent-length: ';

function track({ open }: Going, connection: Duplex): void {
  open.add(connection);
  finished(connection, () => open.delete(connection));
}

const statusOf = (error: unknown): number => (error instanceof Refused ? 403 : 502);

function sentence(place: string, error: unknown): string {
  const about = place.slice(0, 200);
  if (error instanceof Refused) return `This build may not reach ${about}: ${error.message}\n`;
  return `${about} cannot be reached: ${error instanceof Error ? error.message : String(error)}\n`;
}

/** All that some tools (Go) show of a refusal. */
const statusText = (text: string): string => text.trim().replaceAll(/[^ -~]+/g, ' ');

/** Connects, and tells of what was refused. */
async function reach(going: Going, place: Place): Promise<Socket> {
  try {
    const far = await connectTo(place, going);
    far.on('error', () => undefined);
    track(going, far);
    return far;
  } catch (error) {
    if (error instanceof Refused) tell(going, place, error);
    throw error;
  }
}

function tell({ told, onRefused }: Going, { host, port }: Place, { message }: Refused): void {
  const name = `${host}:${port}`;
  if (told.has(name) || told.size === MAX_TOLD) return;
  told.add(name);
  onRefused(`This build may not reach ${name}: ${message}`);
}

async function tunnel(going: Going, { url }: IncomingMessage, near: Duplex, head: Buffer): Promise<void> {
  const place = readPlace(url ?? '');
  if (place === undefined) throw new Refused('it is no host with a port');
  const far = await reach(going, place);
  near.write('HTTP/1.1 200 Connection established\r\n\r\n');
  far.write(head);
  pipeline(near, far, near, () => undefined); // either half may end first
}

async function forward(going: Going, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = URL.parse(request.url ?? '');
  const place = url === null ? undefined : readPlace(url.host, 80);
  if (url?.protocol !== 'http:' || place === undefined)
    throw new Refused('expected an address that begins with http://, or CONNECT');
  const far = await reach(going, place);
  const http = process.getBuiltinModule('node:http');
  const headers = { ...withoutHops(request.headers), host: url.host, connection: 'close' };
  const path = `${url.pathname}${url.search}`;
  const { method = 'GET' } = request;
  const asked = http.request({ createConnection: () => far, method, path, headers, setHost: false });
  pipeline(request, asked, () => undefined);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.on('response', resolve).on('error', reject);
  });
  response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
  pipeline(answer, response, () => far.destroy());
}

/** And without what `connection` names. */
function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = new Set((headers.connection ?? '').toLowerCase().split(/\s*,\s*/));
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name) && !named.has(name)),
  );
}

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Engine } from '../../engine.ts';
import { openDockerEngine } from '../index.ts';

/** One request as it came: its first line, its headers in lower case, and the connection to answer on. */
export interface RawRequest {
  readonly line: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly socket: Socket;
}

/** Answers requests byte by byte as a test wants it. */
export interface HostileEngine {
  readonly engine: Engine;
  readonly endpoint: string;
  /** The requests so far. */
  readonly requests: readonly RawRequest[];
  /** Goes away with all its connections, as an engine does that is killed. */
  die(): Promise<void>;
}

/** A server on a socket that answers with whatever `answer` writes, and a client to it. Both go with the test. */
export async function openHostileEngine(answer: (request: RawRequest) => void): Promise<HostileEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-hostile-'));
  const requests: RawRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    readRequests(socket, (request) => {
      requests.push(request);
      answer(request);
    });
  });
  server.listen(join(folder, 'engine.sock'));
  await once(server, 'listening');
  const endpoint = `unix://${folder}/engine.sock`;
  const engine = await openDockerEngine({ host: endpoint, environment: {} });
  const die = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(async () => {
    await engine[Symbol.asyncDispose]();
    await die();
    await rm(folder, { recursive: true, force: true });
  });
  return { engine, endpoint, requests, die };
}

/** An answer with a body. */
export function reply(socket: Socket, status: number, body: string): void {
  socket.write(`HTTP/1.1 ${status} Some Reason\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** Finds the heads of requests; bodies are passed over. */
function readRequests(socket: Socket, found: (request: RawRequest) => void): void {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    const start = text.search(/(GET|POST|PUT|DELETE) \//);
    if (end < 0 || start < 0 || start > end) return;
    const [line = '', ...headers] = text.slice(start, end).split('\r\n');
    text = text.slice(end + 4);
    found({ line, headers: new Map(headers.map(splitHeader)), socket });
  });
}

function splitHeader(header: string): [name: string, value: string] {
  const colon = header.indexOf(':');
  return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
}

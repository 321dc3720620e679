import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createAuthenticator, refuseForeignPages, signUrl } from '../../auth/index.ts';
import { newTaskId } from '../../queue-api/index.ts';
import { shellRoutes } from './shell-routes.ts';

const ISSUER = { clientId: 'issuer', accessToken: 'key of the server itself', scopes: ['*'] };
const WORKER = {
  clientId: 'worker',
  accessToken: 'key of the worker there',
  scopes: ['queue:create-artifact:*'],
};
const READER = {
  clientId: 'reader',
  accessToken: 'key of the one reader',
  scopes: ['queue:get-artifact:private/docker-worker/shell.html'],
};
const NEARLY = {
  clientId: 'nearly',
  accessToken: 'key of another one',
  scopes: ['queue:get-artifact:private/docker-worker/shell.htm'],
};
const clients = new Map([WORKER, READER, NEARLY].map((client) => [client.clientId, client]));

interface ShellServer extends AsyncDisposable {
  readonly port: number;
}

async function serve(pingMs: number, mode: 'open' | 'closed' = 'closed'): Promise<ShellServer> {
  const server = createServer();
  const app = fastify({ serverFactory: (handler) => server.on('request', handler) });
  const authenticate = createAuthenticator({
    issuerKey: ISSUER,
    clients: (clientId) => clients.get(clientId),
    mode,
  });
  const rootUrl = 'https://build.example.com';
  const own = mode === 'open' ? refuseForeignPages(authenticate, { isLoopback: true }) : authenticate;
  await app.register(shellRoutes({ authenticate: own, rootUrl, waitMs: 300, pingMs }));
  await app.ready();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      await app.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

let server: ShellServer;
let port = 0;

beforeAll(async () => {
  server = await serve(10_000);
  ({ port } = server);
});
afterAll(() => server[Symbol.asyncDispose]());

const at = (taskId: string, rest = ''): string =>
  `http://127.0.0.1:${port}/api/slipway/v1/task/${taskId}/runs/0/shell${rest}`;

const signed = (url: string, client?: { clientId: string; accessToken: string }): string =>
  client === undefined
    ? url
    : signUrl(new URL(url), { credentials: client, expiresAt: Date.now() + 60_000 }).href;

interface Dialled {
  readonly socket: WebSocket;
  /** What it came to: `open`, or the status of the refusal. */
  readonly outcome: Promise<'open' | number>;
  /** The next message: text as it is, bytes as an array. */
  next(): Promise<unknown>;
}

function dial(url: string, headers: Record<string, string> = {}): Dialled {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers });
  const messages: unknown[] = [];
  const arrived = new EventTarget();
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer, isBinary) => {
    messages.push(isBinary ? [...data] : data.toString());
    arrived.dispatchEvent(new Event('message'));
  });
  const outcome = new Promise<'open' | number>((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
  });
  const next = async (): Promise<unknown> => {
    while (messages.length === 0) await once(arrived, 'message');
    return messages.shift();
  };
  return { socket, outcome, next };
}

const TOKEN = 'abcdefghijklmnopqrstuv';
const offer = (taskId: string, client = WORKER, token = TOKEN): Dialled =>
  dial(signed(at(taskId, '/offer'), client), { 'x-slipway-shell-token': token });

/** A hundred messages to and fro over another session: time in which the server could have read much. */
async function busyElsewhere(): Promise<void> {
  const taskId = newTaskId();
  const worker = offer(taskId);
  const client = dial(at(taskId, `/${TOKEN}/shell.sock`));
  await client.outcome;
  await worker.next();
  for (let i = 0; i < 100; i += 1) {
    client.socket.send(Buffer.from([i]));
    worker.socket.send(Buffer.from([i]));
    await Promise.all([worker.next(), client.next()]);
  }
  client.socket.terminate();
}

describe('the shells of runs', () => {
  it('pass messages between a client and the worker, both ways', async () => {
    const taskId = newTaskId();
    const worker = offer(taskId);
    expect(await worker.outcome).toBe('open');
    const client = dial(`${at(taskId, `/${TOKEN}/shell.sock`)}?tty=false&command=ls&command=-l`);
    expect(await client.outcome).toBe('open');
    expect(await worker.next()).toBe('{"command":["ls","-l"],"tty":false}');
    client.socket.send(Buffer.from([0, 1, 2]));
    expect(await worker.next()).toEqual([0, 1, 2]);
    worker.socket.send(Buffer.from([1, 3]));
    expect(await client.next()).toEqual([1, 3]);
    worker.socket.close(1000);
    const [code] = (await once(client.socket, 'close')) as [number];
    expect(code).toBe(1000);
  });

  it('give a client that comes first the offer that comes after it', async () => {
    const taskId = newTaskId();
    const client = dial(signed(at(taskId), READER));
    const worker = offer(taskId);
    expect(await client.outcome).toBe('open');
    expect(await worker.next()).toBe('{"command":["sh"],"tty":true}');
    client.socket.terminate();
    await once(worker.socket, 'close');
  });

  it('serve one client with one offer', async () => {
    const taskId = newTaskId();
    await offer(taskId).outcome;
    const url = at(taskId, `/${TOKEN}/shell.sock`);
    const [first, second] = [dial(url), dial(url)];
    expect([await first.outcome, await second.outcome].sort()).toEqual([404, 'open']);
    first.socket.terminate();
    second.socket.terminate();
  });

  it('are open to nobody with another token, or without the scope', async () => {
    const taskId = newTaskId();
    const worker = offer(taskId);
    await worker.outcome;
    expect(await dial(at(taskId, `/${TOKEN.slice(0, -1)}w/shell.sock`)).outcome).toBe(404);
    expect(await dial(at(newTaskId(), `/${TOKEN}/shell.sock`)).outcome).toBe(404);
    expect(await dial(at(taskId)).outcome).toBe(403);
    expect(await dial(signed(at(taskId), NEARLY)).outcome).toBe(403);
    expect(await dial(signed(at(taskId), { ...READER, accessToken: 'guessed' })).outcome).toBe(401);
    expect(worker.socket.readyState).toBe(WebSocket.OPEN);
    worker.socket.terminate();
  });

  it('are offered by nobody who could not make artifacts of the run', async () => {
    const taskId = newTaskId();
    expect(await dial(at(taskId, '/offer'), { 'x-slipway-shell-token': TOKEN }).outcome).toBe(403);
    expect(await offer(taskId, READER).outcome).toBe(403);
    expect(await offer(taskId, WORKER, 'short').outcome).toBe(400);
  });

  it('are opened by no page of another site', async () => {
    const taskId = newTaskId();
    const worker = offer(taskId);
    await worker.outcome;
    const url = at(taskId, `/${TOKEN}/shell.sock`);
    for (const origin of ['https://evil.example.com', 'null', 'file://', `http://127.0.0.1:${port + 1}`])
      expect(await dial(url, { origin }).outcome).toBe(403);
    const client = dial(url, { origin: 'https://build.example.com' });
    expect(await client.outcome).toBe('open');
    client.socket.terminate();
  });

  it('of an open server are opened by no page that calls it by a name of its own', async () => {
    await using open = await serve(10_000, 'open');
    const here = (url: string): string => url.replace(`:${port}/`, `:${open.port}/`);
    const taskId = newTaskId();
    const worker = dial(here(at(taskId, '/offer')), { 'x-slipway-shell-token': TOKEN });
    expect(await worker.outcome).toBe('open');
    const host = `evil.example.com:${open.port}`;
    expect(await dial(here(at(taskId)), { host, origin: `http://${host}` }).outcome).toBe(403);
    const client = dial(here(at(taskId)));
    expect(await client.outcome).toBe('open');
    client.socket.terminate();
  });

  it.each(['/shel', '/shell/offer/x', '/../shell', '/shell/a/shell.sock'])(
    'are nowhere else: %s',
    async (path) => {
      const url = `http://127.0.0.1:${port}/api/slipway/v1/task/${newTaskId()}/runs/0${path}`;
      expect(await dial(url).outcome).toBe(404);
    },
  );

  it('keep few offers, and few clients that wait', async () => {
    const taskId = newTaskId();
    const offers = [offer(taskId), offer(taskId), offer(taskId)];
    await Promise.all(offers.map(({ outcome }) => outcome));
    const more = offer(taskId);
    const [code] = (await once(more.socket, 'close')) as [number];
    expect(code).toBe(1013);
    for (const { socket } of offers) socket.terminate();
    const waiting = Array.from({ length: 40 }, () => dial(at(newTaskId(), `/${TOKEN}/shell.sock`)));
    expect(new Set(await Promise.all(waiting.map(({ outcome }) => outcome)))).toEqual(new Set([404]));
  });

  it('end a connection whose other side does not answer any more', async () => {
    await using impatient = await serve(20);
    const here = (url: string): string => url.replace(`:${port}/`, `:${impatient.port}/`);
    const taskId = newTaskId();
    const worker = dial(signed(here(at(taskId, '/offer')), WORKER), { 'x-slipway-shell-token': TOKEN });
    await worker.outcome;
    worker.socket.pause(); // a machine that is gone
    const client = dial(here(at(taskId, `/${TOKEN}/shell.sock`)));
    await client.outcome;
    await once(client.socket, 'close');
    worker.socket.terminate();
  });

  it('take no message that is very long', async () => {
    const taskId = newTaskId();
    const worker = offer(taskId);
    const client = dial(at(taskId, `/${TOKEN}/shell.sock`));
    await client.outcome;
    client.socket.send(Buffer.alloc(2 * 1024 * 1024));
    await once(client.socket, 'close');
    await once(worker.socket, 'close');
  });

  it('slow a side down that sends more than the other takes', async () => {
    const taskId = newTaskId();
    const worker = offer(taskId);
    const client = dial(at(taskId, `/${TOKEN}/shell.sock`));
    await client.outcome;
    await worker.next();
    client.socket.pause();
    const piece = Buffer.alloc(512 * 1024);
    for (let i = 0; i < 64; i += 1) worker.socket.send(piece);
    await busyElsewhere();
    expect(worker.socket.bufferedAmount).toBeGreaterThan(0); // the server has not taken all of it
    let received = 0;
    client.socket.on('message', (data: Buffer) => {
      received += data.length;
    });
    client.socket.resume();
    await expect.poll(() => received, { timeout: 50_000 }).toBe(64 * piece.length);
    client.socket.terminate();
  });

  it('survive what is no web socket', async () => {
    const socket = connect(port, '127.0.0.1');
    const path = new URL(at(newTaskId(), `/${TOKEN}/shell.sock`)).pathname;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: nonsense\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1\.1 4\d\d /);
    socket.destroy();
  });
});

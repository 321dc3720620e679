import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Postgres, startPostgres } from '../../../test/support/postgres.ts';
import { type Authenticate, createAuthenticator } from '../../auth/index.ts';
import { type Database, openDatabase } from '../../database/index.ts';
import { newTaskId } from '../../queue-api/index.ts';
import { SHELL_MIGRATIONS } from './between/migrations.ts';
import { shellRoutes } from './shell-routes.ts';

const ISSUER = { clientId: 'issuer', accessToken: 'key of the server itself', scopes: ['*'] };
const TOKEN = 'abcdefghijklmnopqrstuv';
const authenticate: Authenticate = createAuthenticator({
  issuerKey: ISSUER,
  clients: () => undefined,
  mode: 'open',
});

/** One of several servers of a database. */
interface ShellServer extends AsyncDisposable {
  readonly port: number;
  readonly database: Database;
}

let postgres: Postgres;
let location: { type: 'postgres'; url: string };
const servers: ShellServer[] = [];

async function serve(): Promise<ShellServer> {
  const database = await openDatabase({ location, migrations: SHELL_MIGRATIONS });
  const server = createServer();
  const app = fastify({ serverFactory: (handler) => server.on('request', handler) });
  await app.register(shellRoutes({ authenticate, database, waitMs: 3000 }));
  await app.ready();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    database,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      await app.close();
      server.close();
      server.closeAllConnections();
      await database[Symbol.asyncDispose]();
    },
  };
}

beforeAll(async () => {
  postgres = await startPostgres();
  location = { type: 'postgres', url: postgres.createDatabase() };
  for (let i = 0; i < 3; i += 1) servers.push(await serve());
});
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

interface Dialled {
  readonly socket: WebSocket;
  readonly outcome: Promise<'open' | number>;
  /** The next message. */
  next(): Promise<Buffer>;
}

function dial(at: number, taskId: string, rest: string, headers: Record<string, string> = {}): Dialled {
  const route = `/api/slipway/v1/task/${taskId}/runs/0/shell${rest}`;
  const socket = new WebSocket(`ws://127.0.0.1:${servers[at]?.port}${route}`, { headers });
  const messages: Buffer[] = [];
  const arrived = new EventTarget();
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => {
    messages.push(data);
    arrived.dispatchEvent(new Event('message'));
  });
  const outcome = new Promise<'open' | number>((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
  });
  return {
    socket,
    outcome,
    async next() {
      for (;;) {
        const message = messages.shift();
        if (message !== undefined) return message;
        await once(arrived, 'message');
      }
    },
  };
}

const offer = (at: number, taskId: string): Dialled =>
  dial(at, taskId, '/offer', { 'x-slipway-shell-token': TOKEN });
const client = (at: number, taskId: string, token = TOKEN): Dialled =>
  dial(at, taskId, `/${token}/shell.sock?tty=false&command=ls`);

const count = async (): Promise<unknown> => {
  const statement = 'SELECT count(*) AS n FROM shell_bytes';
  const [row] = (await servers[0]?.database.query({ sqlite: statement, postgres: statement })) ?? [];
  return row?.['n'];
};

describe('a shell whose client and worker reach different servers', () => {
  it('passes messages both ways, and says on both sides how it ended', async () => {
    const taskId = newTaskId();
    const worker = offer(0, taskId);
    expect(await worker.outcome).toBe('open');
    const at = client(1, taskId);
    expect(await at.outcome).toBe('open');
    expect(`${await worker.next()}`).toBe('{"command":["ls"],"tty":false}');
    for (let i = 0; i < 20; i += 1) {
      at.socket.send(Buffer.from([i]));
      expect([...(await worker.next())]).toEqual([i]);
      worker.socket.send(Buffer.from([i, i]));
      expect([...(await at.next())]).toEqual([i, i]);
    }
    worker.socket.close(1000);
    const [code] = (await once(at.socket, 'close')) as [number];
    expect(code).toBe(1000);
  });

  it('passes more than the database is to hold, in order and whole', async () => {
    const taskId = newTaskId();
    const worker = offer(2, taskId);
    await worker.outcome;
    const at = client(0, taskId);
    await worker.next();
    const pieces = Array.from({ length: 20 }, () => randomBytes(512 * 1024));
    const [sent, got] = [createHash('sha256'), createHash('sha256')];
    for (const piece of pieces) {
      sent.update(piece);
      worker.socket.send(piece);
    }
    for (const piece of pieces) got.update((await at.next()).subarray(0, piece.length));
    expect(got.digest('hex')).toBe(sent.digest('hex'));
    at.socket.close(1000);
    await once(worker.socket, 'close');
    await expect.poll(count).toBe(0);
  });

  it('waits for an offer that comes later, at any of them', async () => {
    const taskId = newTaskId();
    const at = client(1, taskId);
    const worker = offer(2, taskId);
    expect(await at.outcome).toBe('open');
    expect(`${await worker.next()}`).toContain('"ls"');
    worker.socket.terminate();
    await once(at.socket, 'close');
  });

  it('is given one offer where several servers have one, and to one client', async () => {
    const taskId = newTaskId();
    const workers = [offer(0, taskId), offer(2, taskId)];
    const closed = workers.map(({ socket }) => once(socket, 'close'));
    for (const { outcome } of workers) expect(await outcome).toBe('open');
    const at = client(1, taskId);
    expect(await at.outcome).toBe('open');
    const told = await Promise.race(workers.map(async (each) => ({ each, request: `${await each.next()}` })));
    expect(told.request).toContain('"ls"');
    // The other one was taken for the same client: its worker offers itself once more.
    const other = workers.findIndex((each) => each !== told.each);
    await closed[other];
    at.socket.terminate();
    await Promise.all(closed);
  });

  it('ends on both sides when the server of either stops, and leaves nothing in the database', async () => {
    for (const stops of ['client', 'worker'] as const) {
      const at = servers.push(await serve()) - 1;
      const taskId = newTaskId();
      const worker = offer(stops === 'worker' ? at : 0, taskId);
      await worker.outcome;
      const asked = client(stops === 'client' ? at : 0, taskId);
      expect(await asked.outcome).toBe('open');
      await worker.next();
      const closed = [worker, asked].map(({ socket }) => once(socket, 'close'));
      await servers.pop()?.[Symbol.asyncDispose]();
      await Promise.all(closed);
    }
    await expect.poll(count).toBe(0);
  });

  it('is open to nobody with another token', async () => {
    const taskId = newTaskId();
    const worker = offer(0, taskId);
    await worker.outcome;
    expect(await client(1, taskId, `${TOKEN.slice(0, -1)}w`).outcome).toBe(404);
    expect(worker.socket.readyState).toBe(WebSocket.OPEN);
    worker.socket.terminate();
  });
});

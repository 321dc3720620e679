import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { signUrl } from '../../src/auth/index.ts';
import { type ServedQueue, serveQueue } from '../../src/queue/testing/serve-queue.ts';
import { newTaskId } from '../../src/queue-api/index.ts';
import { ask } from '../support/ask.ts';
import { type Nginx, startFleetProxy } from '../support/nginx.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';

const CA = readFileSync(resolve(import.meta.dirname, '../support/tls/server.crt'), 'utf8');
const ROOT = { clientId: 'root', accessToken: 'a-token-for-tests-only', scopes: ['*'] };
const TOKEN = 'abcdefghijklmnopqrstuv';

const folder = mkdtempSync(join(tmpdir(), 'slipway-fleet-proxy-'));
let postgres: Postgres;
let servers: ServedQueue[] = [];
let proxy: Nginx;

beforeAll(async () => {
  postgres = await startPostgres();
  const database = { type: 'postgres', url: postgres.createDatabase() } as const;
  const start = (): Promise<ServedQueue> => serveQueue({ database, clients: [ROOT], trustProxy: true });
  servers = [await start(), await start()];
  const [one, other] = servers.map(({ url }) => Number(new URL(url).port));
  proxy = await startFleetProxy(folder, [one ?? 0, other ?? 0]);
});

afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  for (const server of servers) await server[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const signed = (path: string): URL =>
  signUrl(new URL(path, proxy.url), { credentials: ROOT, expiresAt: Date.now() + 60_000 });

const get = (url: URL) => ask(url.origin, `${url.pathname}${url.search}`, { ca: CA });

function dial(url: URL, headers: Record<string, string> = {}): WebSocket {
  const socket = new WebSocket(url.href.replace(/^http/, 'ws'), { ca: CA, headers });
  socket.on('error', () => undefined);
  return socket;
}

describe('nginx before two servers, as deploy/nginx/fleet.conf has it', () => {
  it('passes signed requests to both', async () => {
    for (let i = 0; i < 4; i += 1)
      expect(await get(signed('/api/queue/v1/task-queues/some/queue/counts'))).toMatchObject({ status: 200 });
  });

  it('brings a shell together whichever server each side reaches', async () => {
    for (let i = 0; i < 3; i += 1) {
      const taskId = newTaskId();
      const route = `/api/slipway/v1/task/${taskId}/runs/0/shell`;
      const worker = dial(signed(`${route}/offer`), { 'x-slipway-shell-token': TOKEN });
      await once(worker, 'open');
      const client = dial(new URL(`${route}/${TOKEN}/shell.sock?command=ls`, proxy.url));
      const [asked] = (await once(worker, 'message')) as [Buffer];
      expect(`${asked}`).toBe('{"command":["ls"],"tty":true}');
      worker.send(Buffer.from([i]));
      const [got] = (await once(client, 'message')) as [Buffer];
      expect([...got]).toEqual([i]);
      worker.close(1000);
      await once(client, 'close');
      // One request between, so that the servers take turns.
      if (i === 1) await get(signed('/api/queue/v1/ping'));
    }
  });

  it('shows metrics, which name queues, projects and users, to nobody', async () => {
    const kindOf = async (path: string): Promise<string | undefined> =>
      (await ask(proxy.url, path, { ca: CA })).headers['content-type']?.split(';', 1)[0];
    // The page of nginx itself; what the servers refuse is no page.
    expect([await kindOf('/metrics'), await kindOf('/metrics/other')]).toEqual([
      'text/html',
      'application/json',
    ]);
  });

  it('passes by a server that is gone', async () => {
    await servers.shift()?.[Symbol.asyncDispose]();
    for (let i = 0; i < 4; i += 1)
      expect(await get(signed('/api/queue/v1/task-queues/some/queue/counts'))).toMatchObject({ status: 200 });
  });

  it('says to who comes without TLS where to go', async () => {
    const { status, headers } = await ask(proxy.httpUrl, '/tasks');
    expect([status, headers.location]).toEqual([301, 'https://127.0.0.1/tasks']);
  });
});

import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signRequest } from '../../src/auth/index.ts';
import { newTaskId } from '../../src/queue-api/index.ts';
import { type Answer, ask } from '../support/ask.ts';
import { type Served, serve } from '../support/download-server.ts';
import { createRig, type Rig } from '../support/rig.ts';

const TOKEN = 'token-of-the-admin-0123456789';
const PATIENT = { timeout: 30_000 };
const IDLE = 1500;
const AT_ONCE = 150; // fewer than a server lets wait before it takes them

let rig: Rig;
let server: Served;
const sockets: Socket[] = [];

beforeAll(async () => {
  rig = createRig();
  const clients = [{ clientId: 'admin', accessToken: TOKEN, role: 'admin' }];
  writeFileSync(join(rig.folder, 'clients.yml'), JSON.stringify(clients), { mode: 0o600 });
  server = await serve(rig, ['server', '--port', '0', '--clients', 'clients.yml']);
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await rig[Symbol.asyncDispose]();
});

function signed(method: string, path: string, body?: string, type = 'application/json'): Promise<Answer> {
  const url = new URL(`${server.url}${path}`);
  const authorization = signRequest(method, url, { credentials: { clientId: 'admin', accessToken: TOKEN } });
  const headers = { authorization, 'content-type': type };
  return ask(server.url, path, { method, headers, ...(body !== undefined && { body }) });
}

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => {}); // it may be closed while something is sent
  await once(socket, 'connect');
  return socket;
}

/** What comes back for bytes until the server closes, or has answered. */
async function raw(bytes: string | Buffer): Promise<string> {
  const socket = await open();
  let text = '';
  socket.on('data', (piece: Buffer) => {
    text += piece.toString('latin1');
  });
  socket.end(bytes);
  await once(socket, 'close');
  return text;
}

const isThere = async (): Promise<void> => expect((await ask(server.url, '/healthz')).status).toBe(200);
const openConnections = async (): Promise<number> =>
  Number(/^slipway_http_open_connections (\d+)$/m.exec((await signed('GET', '/metrics')).text)?.[1]);

const basic = (token: string) => ({
  authorization: `Basic ${Buffer.from(`admin:${token}`).toString('base64')}`,
});

describe('a whole server', () => {
  const last = 'host: x\r\nconnection: close\r\n\r\n';
  it.each([
    ['no request', Buffer.from([0, 1, 2, 3, 255])],
    ['TLS', Buffer.from('16030100c8010000c40303', 'hex')],
    ['a zero in its path', `GET /runs/a\0b HTTP/1.1\r\n${last}`],
    ['a space in its path', `GET /runs/a b HTTP/1.1\r\n${last}`],
    ['bytes beyond ASCII in its path', `GET /runs/é HTTP/1.1\r\n${last}`],
    ['a part that does not decode', `GET /runs/%zz HTTP/1.1\r\n${last}`],
    ['a part that is no UTF-8', `GET /api/queue/v1/task/%ff%fe HTTP/1.1\r\n${last}`],
    ['a path that is too long', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${last}`],
    ['too many headers', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(5000)}${last}`],
    ['two lengths', `POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n${last}`],
    [
      'a length and chunks',
      `POST / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n${last}0\r\n\r\n`,
    ],
    ['a chunk that is none', `POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n${last}zz\r\n`],
    ['a name of a header that is none', `GET / HTTP/1.1\r\na b: c\r\n${last}`],
    ['a line that is folded', `GET / HTTP/1.1\r\na: b\r\n c\r\n${last}`],
    ['another version', `GET / HTTP/9.9\r\n${last}`],
    ['a method that nobody knows', `BREW / HTTP/1.1\r\n${last}`],
    ['another server’s address', `CONNECT evil.example.com:443 HTTP/1.1\r\n${last}`],
  ])('refuses what has %s, and stays', async (_what, bytes) => {
    expect(await raw(bytes)).toMatch(/^(?:$|HTTP\/1\.1 4\d\d )/);
    await isThere();
  });

  it.each([
    '/artifacts/../../clients.yml',
    '/artifacts/%2e%2e/%2e%2e/clients.yml',
    '/artifacts/objects/..%2f..%2f..%2fclients.yml',
    '/artifacts/refs/heads/../../../clients.yml',
    '/../clients.yml',
    '//clients.yml',
    '/..%5cclients.yml',
    '/assets/../../../../clients.yml',
    '/assets/%2e%2e%2f%2e%2e%2fpackage.json',
    '/runs/..%2f..%2fclients.yml',
    '/api/v1/runs/..%2Fqueue/artifacts/queue.db',
    '/api/v3/operator/artifact/download?a=clients.yml&s=DATA',
    '/api/v3/operator/artifact/download?a=../clients.yml&s=DATA/downloads',
    '/api/v3/operator/artifact/download?a=queue/queue.db&s=DATA',
    '/api/v3/operator/artifact/download?a=%00&s=DATA/downloads',
  ])('gives no file away for %s', async (path) => {
    writeFileSync(join(rig.dataFolder, 'clients.yml'), `# ${TOKEN}\n`, { mode: 0o600 });
    const { status, text } = await ask(server.url, path.replace('DATA', rig.dataFolder));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(rig.dataFolder);
  });

  it('reads nothing large of who may nothing, and no more than ten megabytes of anybody', async () => {
    const path = `/api/queue/v1/task/${newTaskId()}`;
    const big = `"${'x'.repeat(10 * 1024 * 1024)}"`;
    expect((await signed('PUT', path, big)).status).toBe(413);
    const socket = await open();
    let answer = '';
    socket.on('data', (piece: Buffer) => {
      answer += piece.toString();
    });
    socket.write(
      `PUT ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const drip = setInterval(() => socket.write('1\r\n1\r\n'), 50);
    await vi.waitFor(() => expect(answer).toMatch(/^HTTP\/1\.1 403 /), PATIENT);
    clearInterval(drip);
    socket.destroy();
    await isThere();
  });

  it('lets no browser run what a log or an artifact is made of', async () => {
    const taskId = newTaskId();
    const run = `${taskId}/runs/0`;
    const nasty = '<script>alert(1)</script>\u001b]0;title\u0007\u001b[2J\0\r\n';
    const definition = {
      taskQueueId: 'test/docker',
      created: new Date().toISOString(),
      deadline: new Date(Date.now() + 3_600_000).toISOString(),
      payload: {},
      metadata: { name: nasty, description: 'd', owner: 'o', source: 'https://example.com' },
    };
    expect((await signed('PUT', `/api/queue/v1/task/${taskId}`, JSON.stringify(definition))).status).toBe(
      200,
    );
    const worker = JSON.stringify({ workerGroup: 'g', workerId: 'w' });
    expect((await signed('POST', '/api/queue/v1/claim-work/test%2Fdocker', worker)).status).toBe(200);
    const log = `/api/slipway/v1/task/${run}/log/public%2Fx.html`;
    expect((await signed('PUT', log, nasty, 'text/html')).status).toBe(200);
    const expires = definition.deadline;
    const made = await signed(
      'POST',
      `/api/queue/v1/task/${run}/artifacts/public%2Fy.html`,
      JSON.stringify({ storageType: 's3', contentType: 'text/html', expires }),
    );
    const { putUrl } = JSON.parse(made.text);
    const { pathname, search } = new URL(putUrl);
    const put = { method: 'PUT', headers: { 'content-type': 'text/html' }, body: nasty };
    expect((await ask(server.url, pathname + search, put)).status).toBe(200);
    const content = `/api/slipway/v1/task/${run}/content/public%2Fy.html`;
    for (const path of [`${log}?follow=false`, content, `/api/queue/v1/task/${taskId}`]) {
      const { status, headers, text } = await ask(server.url, path, {
        headers: path.includes('queue') ? { authorization: sign('GET', path) } : {},
      });
      expect([path, status]).toEqual([path, 200]);
      expect(text).toContain('script');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toMatch(/default-src 'none'.*sandbox/);
    }
    expect((await ask(server.url, `${log}?follow=false`)).headers['content-type']).toBe(
      'text/plain; charset=utf-8',
    );
  });

  it.each(['/', '/runs', '/tasks', '/sign-in', '/api/v1/runs', '/artifacts/config', '/metrics', '/nothing'])(
    'cannot be put into a frame: %s',
    async (path) => {
      const { headers } = await ask(server.url, path, { headers: { accept: 'text/html' } });
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    },
  );

  it('gives its metrics to clients alone, by their names and tokens too', async () => {
    for (const headers of [{}, basic('wrong'), { authorization: `Bearer ${TOKEN}` }]) {
      const answer = await ask(server.url, '/metrics', { headers });
      expect(answer.status).toBe(401);
      expect(answer.text).not.toContain('slipway_');
    }
    const { status, text } = await ask(server.url, '/metrics', { headers: basic(TOKEN) });
    expect([status, text]).toEqual([200, expect.stringContaining('slipway_http_requests_total')]);
  });

  it('answers others beside a crowd that says nothing, or half of what it wants', async () => {
    const before = await openConnections();
    // Many at a time: one after the other, the first would be closed on a busy machine before the last is there.
    for (let at = 0; at < IDLE; at += AT_ONCE) {
      const crowd = await Promise.all(Array.from({ length: AT_ONCE }, open));
      for (const [place, socket] of crowd.entries()) {
        if (place % 3 === 1) socket.write('GET /healthz HTTP/1.1\r\nhost: ');
        if (place % 3 === 2)
          socket.write('PUT /api/queue/v1/task/x HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
      }
    }
    expect(await openConnections()).toBeGreaterThan(IDLE);
    await isThere();
    expect((await signed('GET', '/api/slipway/v1/tasks')).status).toBe(200);
    for (const socket of sockets.splice(0)) socket.destroy();
    await vi.waitFor(async () => expect(await openConnections()).toBeLessThanOrEqual(before), PATIENT);
  });

  it('has told nobody of its insides meanwhile, and had no trouble', () => {
    const troubles = server.log().filter(({ level }) => level === 'error' || level === 'fatal');
    expect(troubles).toEqual([]);
    expect(readFileSync(`/proc/${server.running.process.pid}/status`, 'utf8')).toContain('State:');
  });
});

const sign = (method: string, path: string): string =>
  signRequest(method, new URL(`${server.url}${path}`), {
    credentials: { clientId: 'admin', accessToken: TOKEN },
  });

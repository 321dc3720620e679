import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { connect as connectTls } from 'node:tls';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { describe, expect, it, vi } from 'vitest';
import { ask } from '../../test/support/ask.ts';
import { DownloadRefusal } from '../download/index.ts';
import { StoreError } from '../store/index.ts';
import { createServerLogger, createServerMetrics, type ServerOptions, startServer } from './index.ts';

const PATIENT = { timeout: 20_000 }; // beside all the other tests

/** A route whose answer goes on until it is let go. */
function heldRoute() {
  const begun = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  const route: FastifyPluginAsync = async (app) => {
    app.get('/held', async (_request, reply) => {
      reply.raw.writeHead(200, { 'content-length': '8' });
      reply.raw.write('half');
      begun.resolve();
      await Promise.race([letGo.promise, once(reply.raw, 'close')]);
      reply.raw.end('full');
      reply.hijack();
    });
  };
  return { route, begun: begun.promise, letGo: letGo.resolve };
}

interface LogLine extends Readonly<Record<string, unknown>> {
  readonly level: string;
  readonly msg: string;
}

async function open(options: Partial<ServerOptions> = {}) {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  const metrics = createServerMetrics();
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    routes: [],
    logger: createServerLogger({ stream, format: 'json', debug: true }),
    metrics,
    drainTimeoutMs: 60_000,
    ...options,
  });
  const log = (): LogLine[] => lines.map((line) => JSON.parse(line));
  return {
    server,
    url: server.url,
    log,
    metrics,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The answer's beginning; the rest is read when somebody asks for it. */
async function begin(url: string, path: string): Promise<IncomingMessage> {
  const sent = request(`${url}${path}`, { agent: false });
  sent.end();
  const [response] = await once(sent, 'response');
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

async function connected(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** All that comes until the other side closes. */
async function rest(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined); // a reset is an end too
  await once(socket, 'close');
  return text;
}

const throwing =
  (error: unknown, config = {}): FastifyPluginAsync =>
  async (app) => {
    app.get('/throws', { config }, () => {
      throw error;
    });
  };

describe.concurrent('a server', () => {
  it('says that it lives, and what it counts', async () => {
    await using opened = await open();
    expect(await ask(opened.url, '/healthz')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    const { text, headers } = await ask(opened.url, '/metrics');
    expect(headers['content-type']).toMatch('text/plain; version=0.0.4');
    expect(text).toContain('slipway_http_requests_total{method="GET",route="/healthz",status="200"} 1');
    expect(text).toMatch(/^slipway_http_open_connections [1-9]/m);
    expect(text).toMatch(/^slipway_process_cpu_seconds_total /m);
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(names.filter((name) => !name?.startsWith('slipway_'))).toEqual([]);
  });

  it('lives, and is not ready, while something that it needs is away', async () => {
    await using opened = await open({ checks: [{ name: 'database', isWell: async () => false }] });
    const failing = '{"status":"failing","failing":["database"]}';
    expect(await ask(opened.url, '/readyz')).toMatchObject({ status: 503, text: failing });
    expect(await ask(opened.url, '/livez')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  });

  it('counts what it does not share with another one', async () => {
    await using first = await open();
    await using second = await open();
    await ask(first.url, '/healthz');
    expect((await ask(second.url, '/metrics')).text).not.toContain('route="/healthz"');
  });

  it('counts addresses without a route as one, whatever they are', async () => {
    await using opened = await open();
    for (const path of ['/a', '/b?secret=1', '/%zz', '/../c']) await ask(opened.url, path);
    const { text } = await ask(opened.url, '/metrics');
    expect(text).toContain('slipway_http_requests_total{method="GET",route="none",status="404"} 4');
    expect(text).not.toContain('secret');
  });

  it('finds routes by parts of a path that are as long as names may be', async () => {
    const route: FastifyPluginAsync = async (app) => {
      app.get<{ Params: { name: string } }>('/named/:name/x', async ({ params }) => params.name.length);
      app.get<{ Params: { '*': string } }>('/all/*', async ({ params }) => params['*'].length);
    };
    await using opened = await open({ routes: [route] });
    const name = 'n'.repeat(1024);
    for (const path of [`/named/${name}/x`, `/all/${name}`])
      expect((await ask(opened.url, path)).text).toBe('1024');
  });

  it('tells browsers to run nothing, for good answers and for errors', async () => {
    await using opened = await open({ routes: [throwing(new Error('x'))] });
    for (const path of ['/healthz', '/nothing', '/throws', '/%zz']) {
      const { headers } = await ask(opened.url, path);
      expect(headers, path).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
      });
    }
  });

  it('gives each request an id, and keeps a plain one that a trusted proxy gave it', async () => {
    await using distrustful = await open();
    const headers = { 'x-request-id': 'abc-1.2' };
    const own = (await ask(distrustful.url, '/healthz', { headers })).headers['x-request-id'];
    expect(own).toMatch(/^[0-9a-f-]{36}$/);
    await using opened = await open({ trustProxy: true });
    const idOf = async (given?: string) =>
      (await ask(opened.url, '/healthz', given === undefined ? {} : { headers: { 'x-request-id': given } }))
        .headers['x-request-id'];
    expect(await idOf('abc-1.2')).toBe('abc-1.2');
    expect(await idOf()).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idOf('<script>')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idOf('x'.repeat(65))).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('logs requests without their queries and headers', async () => {
    await using opened = await open();
    const headers = { authorization: 'Bearer hidden-token', cookie: 'hidden-cookie' };
    const addresses = [
      '/gone?signature=hidden-signature',
      '/gone#signature=hidden-signature',
      'http://user:hidden-password@host/gone?signature=hidden-signature',
    ];
    for (const address of addresses) await ask(opened.url, address, { headers });
    await vi.waitFor(() => expect(opened.log()).toHaveLength(addresses.length), PATIENT);
    const line = { level: 'info', msg: 'request', method: 'GET', path: '/gone', status: 404 };
    expect(opened.log()).toEqual(addresses.map(() => expect.objectContaining(line)));
    expect(JSON.stringify(opened.log())).not.toContain('hidden');
  });

  it.each([
    [new DownloadRefusal('FORBIDDEN', 'wrong tenancy'), 403, 'wrong tenancy\n'],
    [new StoreError('INVALID_KEY', 'internal words'), 404, 'there is no such artifact\n'],
    [new StoreError('TIMEOUT', 'internal words'), 504, 'the store did not answer in time\n'],
    [new StoreError('UNAVAILABLE', 'internal words'), 502, 'the store of the artifacts failed\n'],
    [new StoreError('FORBIDDEN', 'internal words'), 502, 'the store of the artifacts failed\n'],
    [new StoreError('CHANGED', 'internal words'), 503, 'the artifact was replaced meanwhile: try again\n'],
  ])('answers %s with %i and no internals', async (error, status, text) => {
    await using opened = await open({ routes: [throwing(error)] });
    expect(await ask(opened.url, '/throws')).toMatchObject({ status, text });
  });

  it('answers a mistake of its own with the id under which the log says more', async () => {
    await using opened = await open({ routes: [throwing(new TypeError('/srv/secret is undefined'))] });
    const { status, text, headers } = await ask(opened.url, '/throws');
    expect({ status, text }).toEqual({
      status: 500,
      text: `internal error; the log has more under ${headers['x-request-id']}\n`,
    });
    const failed = opened.log().find(({ level }) => level === 'error');
    expect(failed).toMatchObject({
      reqId: headers['x-request-id'],
      err: { message: '/srv/secret is undefined' },
    });
  });

  it('says errors as JSON where the route speaks it', async () => {
    const route = throwing(new DownloadRefusal('GONE', 'it has expired'), { errors: 'json' });
    await using opened = await open({ routes: [route] });
    const { status, headers, text } = await ask(opened.url, '/throws');
    expect(status).toBe(410);
    expect(headers['content-type']).toMatch('application/json');
    const requestId = headers['x-request-id'];
    expect(JSON.parse(text)).toEqual({ error: { code: 'gone', message: 'it has expired', requestId } });
  });

  it('serves HTTPS with a certificate, and with another one when told', async () => {
    const pair = (name: string) => ({
      cert: readFileSync(resolve(import.meta.dirname, `../../test/support/tls/${name}.crt`), 'utf8'),
      key: readFileSync(resolve(import.meta.dirname, `../../test/support/tls/${name}.key`), 'utf8'),
    });
    await using opened = await open({ tls: pair('server') });
    expect(opened.url).toMatch(/^https:/);
    expect(await ask(opened.url, '/healthz', { ca: pair('server').cert })).toMatchObject({ status: 200 });
    opened.server.replaceTls(pair('renewed'));
    expect(await ask(opened.url, '/healthz', { ca: pair('renewed').cert })).toMatchObject({ status: 200 });
    await expect(ask(opened.url, '/healthz', { ca: pair('server').cert })).rejects.toThrow(/certificate/);
  });
});

describe.concurrent('a server that cannot listen', () => {
  it('says that the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expect(open({ port })).rejects.toMatchObject({
      code: 'CANNOT_LISTEN',
      message: `cannot listen on 127.0.0.1 port ${port}: another program listens there; end it or choose another port`,
    });
    other.close();
  });

  it('says that the address is not here', async () => {
    await expect(open({ host: '192.0.2.1' })).rejects.toThrow(
      'cannot listen on 192.0.2.1 port 0: this machine does not have that address',
    );
    await expect(open({ host: 'no.such.host.invalid' })).rejects.toThrow(
      'cannot listen on no.such.host.invalid port 0: there is no address of that name',
    );
  });
});

describe.concurrent('a server with clients that take too much', () => {
  it('ends connections on which nothing comes, or too slowly', async () => {
    const limits = { headersTimeoutMs: 100, requestTimeoutMs: 200, checkIntervalMs: 20 };
    await using opened = await open({ limits });
    const silent = await connected(opened.url);
    const slow = await connected(opened.url);
    slow.write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
    expect(await rest(silent)).toMatch(/^HTTP\/1.1 408 |^$/);
    expect(await rest(slow)).toMatch(/^HTTP\/1.1 408 /);
  });

  it('ends requests that are not there in time, but for those of a route that takes its time', async () => {
    const came = Promise.withResolvers<void>();
    const route: FastifyPluginAsync = async (app) => {
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', (_request, body, done) => done(null, body));
      app.put('/held', async (request) => {
        for await (const _ of request.raw);
        return 'all';
      });
      app.put('/log', { config: { takesItsTime: true } }, async (request) => {
        let text = '';
        for await (const chunk of request.raw) {
          text += chunk;
          came.resolve();
        }
        return text;
      });
    };
    const limits = { requestTimeoutMs: 500, silenceTimeoutMs: 1000, keepAliveTimeoutMs: 1500 };
    await using opened = await open({ routes: [route], limits });
    const head = (path: string): string =>
      `PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\n`;
    const log = await connected(opened.url);
    log.write(`${head('/log')}one`);
    await came.promise;
    for (const path of ['/held', '/nowhere']) {
      const late = await connected(opened.url);
      late.write(`${head(path)}one`);
      expect(await rest(late)).toMatch(path === '/held' ? /^HTTP\/1.1 408 / : /^HTTP\/1.1 (?:404|408) /);
    }
    const silent = await connected(opened.url);
    silent.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await rest(silent); // its own time is longer than that for silence
    const answered = rest(log);
    log.write('two');
    log.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await answered).toMatch(/^HTTP\/1.1 200 .*onetwoHTTP\/1.1 200 /s);
  });

  it('ends connections that wait too long for their next request', async () => {
    await using opened = await open({ limits: { keepAliveTimeoutMs: 50 } });
    const socket = await connected(opened.url);
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await rest(socket)).toMatch(/^HTTP\/1.1 200 /);
  });

  it('ends connections on which an answer does not go on', async () => {
    const held = heldRoute();
    await using opened = await open({ routes: [held.route], limits: { silenceTimeoutMs: 100 } });
    const socket = await connected(opened.url);
    socket.write('GET /held HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await rest(socket)).toMatch(/half$/);
    const line = expect.objectContaining({ status: 'cut' });
    await vi.waitFor(() => expect(opened.log()).toContainEqual(line), PATIENT);
  });

  it('refuses headers and bodies that are too large', async () => {
    const route: FastifyPluginAsync = async (app) => {
      app.post('/post', () => 'taken');
    };
    await using opened = await open({ routes: [route], limits: { headerBytes: 2048, bodyBytes: 10 } });
    expect(await ask(opened.url, `/${'x'.repeat(3000)}`)).toMatchObject({ status: 431 });
    const headers = { 'content-type': 'application/json' };
    expect(
      await ask(opened.url, '/post', { method: 'POST', headers, body: '{"a":"bcdefgh"}' }),
    ).toMatchObject({ status: 413, text: 'the request is too large\n' });
    expect((await ask(opened.url, '/metrics')).text).toContain(
      'slipway_http_unreadable_requests_total{status="431"} 1',
    );
  });

  it('answers what is no request with 400', async () => {
    await using opened = await open();
    const socket = await connected(opened.url);
    socket.write('hello\r\n\r\n');
    expect(await rest(socket)).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  });

  it('makes room near its limit by closing those that wait for a next request', async () => {
    await using opened = await open({ limits: { connections: 3, keepAliveTimeoutMs: 60_000 } });
    const idle = await connected(opened.url);
    idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(idle, 'data');
    const ended = rest(idle);
    const others = [await connected(opened.url), await connected(opened.url)];
    await ended;
    for (const socket of others) socket.destroy();
    expect(opened.log()).toContainEqual(expect.objectContaining({ msg: 'connections are near their limit' }));
  });

  it('closes connections beyond its limit at once, says so and counts them', async () => {
    await using opened = await open({ limits: { connections: 2 } });
    const kept = [await connected(opened.url), await connected(opened.url)];
    const closed = await connected(opened.url);
    expect(await rest(closed)).toBe('');
    for (const socket of kept) socket.destroy();
    await expect
      .poll(async () => (await ask(opened.url, '/metrics').catch(() => undefined))?.text)
      .toMatch(/slipway_http_dropped_connections_total [1-9]/);
    expect(opened.log().filter(({ level }) => level === 'warn')).toHaveLength(1);
  });
});

describe.concurrent('a server that is told to stop', () => {
  it('lets an answer end, takes no new connection, and is done then', async () => {
    const held = heldRoute();
    const opened = await open({ routes: [held.route] });
    const response = await begin(opened.url, '/held');
    await held.begun;
    const closed = opened.server.close();
    await expect(ask(opened.url, '/healthz')).rejects.toThrow('ECONNREFUSED');
    held.letGo();
    expect(await textOf(response)).toBe('halffull');
    expect(await closed).toEqual({ cut: 0 });
  });

  it('is not ready any more for whoever is still connected', async () => {
    const held = heldRoute();
    const asked = Promise.withResolvers<void>();
    const watch: FastifyPluginAsync = async ({ server }) => {
      server.on('request', ({ url }) => {
        if (url === '/healthz') asked.resolve();
      });
    };
    const opened = await open({ routes: [held.route, watch] });
    const socket = await connected(opened.url);
    socket.write('GET /held HTTP/1.1\r\nHost: x\r\n\r\n');
    await held.begun;
    const closed = opened.server.close();
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await asked.promise;
    held.letGo();
    const text = await rest(socket);
    expect(text).toContain('HTTP/1.1 503 ');
    expect(text).toContain('{"status":"stopping"}');
    expect(await closed).toEqual({ cut: 0 });
  });

  it('is not ready any more from the moment on at which it is told so, and answers all else until it stops', async () => {
    const leaving = new AbortController();
    const looking = Promise.withResolvers<void>();
    const look = Promise.withResolvers<boolean>();
    const isWell = (): Promise<boolean> => {
      looking.resolve();
      return look.promise;
    };
    const route: FastifyPluginAsync = async (app) => void app.get('/work', async () => 'done');
    await using opened = await open({
      routes: [route],
      leaving: leaving.signal,
      checks: [{ name: 'disk', isWell }],
    });
    const early = ask(opened.url, '/readyz');
    await looking.promise;
    leaving.abort();
    look.resolve(true);
    const stopping = { status: 503, text: '{"status":"stopping"}' };
    expect([await early, await ask(opened.url, '/readyz'), await ask(opened.url, '/healthz')]).toMatchObject([
      stopping,
      stopping,
      stopping,
    ]);
    expect(await ask(opened.url, '/livez')).toMatchObject({ status: 200 });
    expect(await ask(opened.url, '/work')).toMatchObject({ status: 200, text: 'done' });
  });

  it('does not wait for connections on which nothing goes on', async () => {
    const opened = await open();
    const silent = await connected(opened.url);
    const idle = await connected(opened.url);
    idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(idle, 'data');
    const ended = Promise.all([rest(silent), rest(idle)]);
    expect(await opened.server.close()).toEqual({ cut: 0 });
    await ended;
  });

  it('closes a connection that was promised to stay, when its answer has ended', async () => {
    const held = heldRoute();
    const opened = await open({ routes: [held.route] });
    const socket = await connected(opened.url);
    socket.write('GET /held HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n');
    await held.begun;
    const closed = opened.server.close();
    const ended = rest(socket);
    held.letGo();
    expect(await ended).toMatch(/halffull$/);
    expect(await closed).toEqual({ cut: 0 });
  });

  it('cuts off what goes on when the drain time is over', async () => {
    const held = heldRoute();
    const opened = await open({ routes: [held.route], drainTimeoutMs: 20 });
    const response = await begin(opened.url, '/held');
    await held.begun;
    expect(await opened.server.close()).toEqual({ cut: 1 });
    await expect(textOf(response)).rejects.toThrow('aborted');
  });

  it('cuts off what goes on when it is told to hurry, also later and by another call', async () => {
    const held = heldRoute();
    const opened = await open({ routes: [held.route] });
    const response = await begin(opened.url, '/held');
    await held.begun;
    const closed = opened.server.close();
    const hurry = new AbortController();
    const again = opened.server.close(hurry.signal);
    hurry.abort();
    expect(await Promise.all([closed, again])).toEqual([{ cut: 1 }, { cut: 1 }]);
    await expect(textOf(response)).rejects.toThrow('aborted');
    expect(await opened.metrics.registry.metrics()).toContain('route="/held",status="cut"} 1');
  });

  it('ends handshakes that never end', async () => {
    const folder = resolve(import.meta.dirname, '../../test/support/tls');
    const tls = {
      cert: readFileSync(`${folder}/server.crt`, 'utf8'),
      key: readFileSync(`${folder}/server.key`, 'utf8'),
    };
    const opened = await open({ tls });
    const raw = await connected(opened.url);
    const good = connectTls({ port: opened.server.port, ca: tls.cert });
    await once(good, 'secureConnect');
    const ended = Promise.all([rest(raw), rest(good)]);
    expect(await opened.server.close()).toEqual({ cut: 0 });
    await ended;
  });
});

describe('a server that has names of its own', () => {
  it('is there for who calls it by one of them, or by none, and for nobody else', async () => {
    const atOnce: ServerOptions['atOnce'] = (request, response) => {
      if (request.url !== '/object') return false;
      response.end('at once');
      return true;
    };
    await using opened = await open({ isOwnName: (host) => host === 'localhost:1', atOnce });
    const asked = (path: string, host: string) => ask(opened.url, path, { headers: { host } });
    expect((await asked('/healthz', 'localhost:1')).status).toBe(200);
    for (const path of ['/healthz', '/metrics', '/object', '/nothing']) {
      const refused = await asked(path, 'rebound.example.com');
      expect(refused.status).toBe(421);
      expect(refused.text).toContain('--root-url');
      expect(refused.text).not.toContain('rebound');
    }
    const { hostname, port } = new URL(opened.url);
    const old = connect(Number(port), hostname, () => old.write('GET /healthz HTTP/1.0\r\n\r\n'));
    const [answer] = await once(old, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 200/);
    old.destroy();
  });
});

it('closes a request that was refused, and goes on byte by byte, where it might have taken its time', async () => {
  const route: FastifyPluginAsync = async (app) => {
    app.get('/refused', { config: { takesItsTime: true } }, (_request, reply) => reply.code(403).send('no'));
  };
  await using opened = await open({ routes: [route] });
  const { hostname, port } = new URL(opened.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {}); // a byte that comes too late
  // Not `once` of `node:events`, for which that byte would be the end of the test.
  const closed = new Promise((resolve) => void socket.once('close', resolve));
  socket.write('GET /refused HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1.1 403/);
  const drip = setInterval(() => socket.write('x'), 100);
  await closed;
  clearInterval(drip);
});

it('hears out who still sends when an answer closes the connection, so that it can hear the answer', async () => {
  const isWhole = Promise.withResolvers<boolean>();
  const route: FastifyPluginAsync = async (app) => {
    const onRequest = async ({ raw }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      raw.once('close', () => isWhole.resolve(raw.complete));
      return await reply.code(403).header('connection', 'close').send('no');
    };
    app.post('/refused', { onRequest }, () => 'never');
  };
  await using opened = await open({ routes: [route] });
  const socket = await connected(opened.url);
  socket.write('POST /refused HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf.');
  // Before anything else is heard of the server: its end may be in the same packet.
  socket.once('data', () => socket.write('more.'));
  expect(await rest(socket)).toMatch(/^HTTP\/1.1 403 .*no$/s);
  expect(await isWhole.promise).toBe(true);
});

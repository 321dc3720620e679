import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, BlockList, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthenticator, createTemporaryCredentials } from '../../../auth/index.ts';
import type { Credentials } from '../../../queue-api/index.ts';
import { openProxy, type ProxyServer } from './proxy-server.ts';

const ISSUER = { clientId: 'issuer', accessToken: 'the issuer signs with this', scopes: ['*'] };
const credentialsOf = (clientId: string): Credentials =>
  createTemporaryCredentials({
    issuer: ISSUER,
    clientId,
    scopes: ['a:*', 'queue:resolve-task:x/0'],
    start: Date.now() - 1000,
    expiry: Date.now() + 600_000,
  });
const authenticate = createAuthenticator({ issuerKey: ISSUER, clients: () => undefined, mode: 'closed' });

let service: Server;
let proxy: ProxyServer;
let rootUrl: string;
let credentials = credentialsOf('run/one');

/** What a service sees of a request. */
async function echo(message: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of message) body += String(piece);
  const { method = '', url = '', headers } = message;
  const caller = authenticate({ method, url, headers, isTls: false });
  return JSON.stringify({ method, url, headers, body, caller });
}

beforeAll(async () => {
  service = createServer((message, response) => {
    if (message.url?.startsWith('/api/queue/v1/redirect')) {
      response
        .writeHead(303, { location: 'http://elsewhere.example.com/', 'set-cookie': ['a=1', 'b=2'] })
        .end('{}');
    } else if (message.url === '/api/queue/v1/hang') message.socket.destroy();
    else if (message.url === '/api/queue/v1/drip') {
      response.write('first');
      message.on('data', (piece: Buffer) => response.write(piece)).on('end', () => response.end());
    } else {
      void echo(message).then(
        (text) => response.writeHead(200, { connection: 'x-inner', 'x-inner': '1', 'x-kept': '2' }).end(text),
        (error: unknown) => response.writeHead(401).end(String(error)),
      );
    }
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  rootUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const clients = new BlockList();
  clients.addAddress('127.0.0.1');
  proxy = await openProxy({
    host: '127.0.0.1',
    port: 0,
    rootUrl,
    credentials: () => credentials,
    authorizedScopes: ['a:b'],
    clients,
    version: '1.2.3',
  });
});

afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  service.close();
  service.closeAllConnections();
});

const at = (path: string): string => `http://127.0.0.1:${proxy.port}${path}`;

describe('the proxy of a run', () => {
  it('signs requests with the rights of the task, and no more', async () => {
    const answer = await fetch(at('/api/queue/v1/ping?x=1'));
    const seen = (await answer.json()) as { url: string; caller: { clientId: string; scopes: string[] } };
    expect(seen.url).toBe('/api/queue/v1/ping?x=1');
    expect(seen.caller.clientId).toBe('run/one');
    expect(seen.caller.scopes).toContain('a:b');
    expect(seen.caller.scopes).not.toContain('queue:resolve-task:x/0');
    expect(answer.headers.get('x-taskcluster-endpoint')).toBe(`${rootUrl}/api/queue/v1/ping?x=1`);
    expect(answer.headers.get('x-taskcluster-proxy-version')).toBe('1.2.3');
  });

  it('takes renewed credentials for the next request', async () => {
    credentials = credentialsOf('run/two');
    const seen = (await (await fetch(at('/queue/v1/ping'))).json()) as { caller: { clientId: string } };
    expect(seen.caller.clientId).toBe('run/two');
  });

  it('passes what belongs to a message, and nothing that belongs to a connection', async () => {
    const sent = request(at('/api/queue/v1/x'), {
      method: 'POST',
      headers: {
        authorization: 'Hawk id="root"',
        connection: 'keep-alive, x-hop',
        'x-hop': '1',
        'x-own': '2',
        'proxy-authorization': 'secret',
        te: 'trailers',
      },
    });
    sent.end('{"a":1}');
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    let text = '';
    for await (const piece of answer) text += String(piece);
    const { headers, body } = JSON.parse(text) as { headers: Record<string, string>; body: string };
    expect(body).toBe('{"a":1}');
    expect(headers).toMatchObject({
      'x-own': '2',
      host: new URL(rootUrl).host,
      'content-type': 'application/json',
    });
    expect(headers['authorization']).toContain('id="run/two"');
    for (const name of ['x-hop', 'proxy-authorization', 'te']) expect(headers).not.toHaveProperty(name);
    expect(answer.headers).toMatchObject({ 'x-kept': '2' });
    expect(answer.headers).not.toHaveProperty('x-inner');
  });

  it('passes redirects on as they are', async () => {
    const answer = await fetch(at('/api/queue/v1/redirect'), { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, 'http://elsewhere.example.com/']);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it('streams both ways at once', async () => {
    const sent = request(at('/api/queue/v1/drip'), { method: 'PUT' });
    sent.flushHeaders();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const pieces = answer.setEncoding('utf8')[Symbol.asyncIterator]();
    expect((await pieces.next()).value).toBe('first');
    sent.write('second');
    expect((await pieces.next()).value).toBe('second');
    sent.end();
    expect((await pieces.next()).done).toBe(true);
  });

  it('says that a service could not be reached', async () => {
    const answer = await fetch(at('/api/queue/v1/hang'));
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining('could not be reached') });
  });

  it.each(['/credentials', '/169.254.169.254/latest/meta-data', '/api/queue/v1/%2e%2e/%2e%2e/x'])(
    'sends nothing on for %s',
    async (path) => {
      const sent = request(at('/'), { path, method: 'PUT' });
      sent.end('{"clientId":"x"}');
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      answer.resume();
      expect([400, 403, 404]).toContain(answer.statusCode);
    },
  );

  it('signs a URL that anybody can read then', async () => {
    const answer = await fetch(at('/bewit'), {
      method: 'POST',
      body: ` ${rootUrl}/api/queue/v1/y?a=b\n`,
      redirect: 'manual',
    });
    const url = await answer.text();
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(url);
    const seen = (await (await fetch(url)).json()) as {
      url: string;
      caller: { clientId: string; scopes: string[] };
    };
    expect(seen.caller.clientId).toBe('run/two');
    expect(seen.caller.scopes).not.toContain('queue:resolve-task:x/0');
  });

  it.each(['', 'file:///etc/passwd', 'not a url'])('signs no %j', async (body) => {
    expect((await fetch(at('/bewit'), { method: 'POST', body })).status).toBe(400);
  });

  it('reads no endless body to sign it', async () => {
    const answer = await fetch(at('/bewit'), { method: 'POST', body: 'x'.repeat(1_000_000) }).catch(
      () => undefined,
    );
    expect([413, undefined]).toContain(answer?.status);
  });

  it('closes connections of others without a word', async () => {
    const clients = new BlockList();
    clients.addSubnet('10.1.2.0', 24);
    await using other = await openProxy({
      host: '127.0.0.1',
      port: 0,
      rootUrl,
      credentials: () => credentials,
      authorizedScopes: [],
      clients,
      version: '1',
    });
    const socket = connect(other.port, '127.0.0.1');
    socket.write('GET /api/queue/v1/ping HTTP/1.1\r\nHost: x\r\n\r\n');
    let seen = '';
    socket.on('data', (piece) => {
      seen += String(piece);
    });
    socket.on('error', () => undefined);
    await once(socket, 'close');
    expect(seen).toBe('');
  });

  it('answers a request of an absolute form, or a tunnel, with a refusal', async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write(`GET ${rootUrl}/api/queue/v1/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const [line] = (await once(socket, 'data')) as [Buffer];
    expect(String(line)).toMatch(/^HTTP\/1.1 400 /);
    const tunnel = connect(proxy.port, '127.0.0.1');
    tunnel.write('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n');
    tunnel.resume().on('error', () => undefined);
    await once(tunnel, 'close');
  });
});

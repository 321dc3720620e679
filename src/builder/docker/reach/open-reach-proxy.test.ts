import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openReachProxy } from './open-reach-proxy.ts';
import { reachRules } from './rules.ts';

async function portOf(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port; // it listens on a port
}

/** A proxy, what it told, and a way to connect to it as a build does. */
function open(...patterns: string[]) {
  const told: string[] = [];
  const proxy = openReachProxy({ rules: reachRules(patterns), onRefused: (each) => void told.push(each) });
  onTestFinished(() => proxy[Symbol.dispose]());
  const connect = (): Duplex => {
    const [near, far] = duplexPair();
    proxy.take(far);
    return near;
  };
  return { proxy, told, connect };
}

async function ask(connect: () => Duplex, request: string): Promise<string> {
  const connection = connect();
  connection.write(request);
  return await text(connection);
}

const askFor = (place: string) => `CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\n\r\n`;

describe('the way out of a build', () => {
  it('is a tunnel to what is listed, whose halves end one after the other', async () => {
    const port = await portOf(
      createServer({ allowHalfOpen: true }, async (socket) => {
        socket.end(`heard ${await text(socket)}`);
      }),
    );
    const connection = open(`localhost:${port}`).connect();
    connection.write(`${askFor(`localhost:${port}`)}early `);
    connection.end('and late');
    expect(await text(connection)).toBe('HTTP/1.1 200 Connection established\r\n\r\nheard early and late');
  });

  it('passes on requests of plain HTTP, without what is between build and proxy', async () => {
    let seen: IncomingHttpHeaders = {};
    const port = await portOf(
      createHttpServer((request, response) => {
        seen = request.headers;
        response.setHeader('x-answer', 'yes').end(`${request.method} ${request.url}`);
      }),
    );
    const place = `127.0.0.1:${port}`;
    const answer = await ask(
      open(place).connect,
      `GET http://${place}/simple/?a=b HTTP/1.1\r\nhost: other\r\nproxy-authorization: Basic x\r\nx-hop: 1\r\nconnection: x-hop, close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain('x-answer: yes');
    expect(answer).toContain('GET /simple/?a=b');
    expect(seen).toEqual({ host: place, connection: 'close' });
  });

  it.each([
    '127.0.0.1:443',
    '169.254.169.254:80',
    '[::1]:443',
    '[::ffff:10.0.0.1]:80',
    'localhost:443',
    '127.1:80',
  ])('does not lead to %s where nothing is listed, and says so once', async (place) => {
    const { connect, told } = open();
    for (const _ of [1, 2]) {
      const answer = await ask(connect, askFor(place));
      expect(answer).toMatch(/^HTTP\/1\.1 403 .*This build may not reach /s);
    }
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^This build may not reach .*: it is this machine or in a network of its own/);
  });

  it('does not lead to what is not listed where something is', async () => {
    const { connect, told } = open('pypi.org');
    expect(
      await ask(
        connect,
        'GET http://169.254.169.254/latest/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1\.1 403 .*none of what --build-reach lists/s);
    expect(told).toEqual([
      'This build may not reach 169.254.169.254:80: it is none of what --build-reach lists',
    ]);
  });

  it.each(['GET /etc/passwd HTTP/1.1', 'GET https://pypi.org/ HTTP/1.1', 'CONNECT nowhere HTTP/1.1'])(
    'refuses %s',
    async (line) => {
      const answer = await ask(open().connect, `${line}\r\nhost: x\r\nconnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    },
  );

  it('says where nobody answers', async () => {
    const answer = await ask(open('127.0.0.1:1').connect, askFor('127.0.0.1:1'));
    expect(answer).toMatch(/^HTTP\/1\.1 502 .*127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/s);
  });

  it('tells of a few places that were refused, however many there are', async () => {
    const { connect, told } = open('pypi.org');
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => ask(connect, askFor(`h${index}.example:443`))),
    );
    expect(told).toHaveLength(20);
  });

  it('ends all connections with the build', async () => {
    const sockets: Socket[] = [];
    const port = await portOf(
      createServer((socket) => void sockets.push(socket.on('error', () => undefined))),
    );
    const { connect, proxy } = open(`127.0.0.1:${port}`);
    const connection = connect();
    connection.write(askFor(`127.0.0.1:${port}`));
    await once(connection, 'data');
    await vi.waitFor(() => expect(sockets).toHaveLength(1), { timeout: 20_000 });
    const ended = Promise.all(sockets.map((socket) => once(socket.resume(), 'close')));
    proxy[Symbol.dispose]();
    await ended;
    const [, late] = duplexPair();
    proxy.take(late);
    expect(late.destroyed).toBe(true);
  });
});

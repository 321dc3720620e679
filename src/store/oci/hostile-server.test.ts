import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { bytesOf, lend, readKey } from '../contract/content.ts';
import { expectFailure } from '../contract/failure.ts';
import type { OciLocation } from '../location.ts';
import type { ObjectStore } from '../store.ts';
import { createOciKey } from '../testing/oci-server.ts';
import type { OciLimits } from './limits.ts';
import { openOciStore } from './open-oci-store.ts';

const { privateKey } = createOciKey();

interface Hostile extends AsyncDisposable {
  readonly store: ObjectStore;
  /** How many connections were made to it. */
  readonly connections: () => number;
}

/** Something that listens where a store is expected. */
async function hostile(
  act: (socket: Socket) => void,
  limits: Partial<OciLimits>,
  scheme = 'http',
): Promise<Hostile> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined); // whoever was there has left
    act(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a server on a port has an address of this kind
  const location: OciLocation = {
    type: 'oci',
    namespace: 'space',
    bucket: 'bucket',
    region: 'us-ashburn-1',
    endpoint: `${scheme}://127.0.0.1:${port}`,
    key: { tenancy: 't', user: 'u', fingerprint: 'f', privateKey },
  };
  const store = openOciStore(location, { limits: { retryPausesMs: [0], ...limits } });
  return {
    store,
    connections: () => sockets.length,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers every request on a connection with the same bytes. */
const answering =
  (...lines: string[]) =>
  (socket: Socket): void =>
    void socket.on('data', () => socket.write(lines.join('\r\n')));

const OBJECT = ['etag: "e"', 'last-modified: Sat, 21 Nov 2026 12:00:00 GMT'];

describe('what listens where a store is expected', () => {
  it('and takes no byte of an upload is given up', async () => {
    await using server = await hostile((socket) => socket.pause(), { stallTimeoutMs: 200 });
    const error = await expectFailure(server.store.put('object', lend(bytesOf(12_000_000))), 'TIMEOUT');
    expect(error.message).toContain('the request is not taken for 200 ms');
    expect(server.connections()).toBe(2);
  });

  it('and gives the same page again is not asked for further ones', async () => {
    const about = { size: 1, etag: 'e', timeModified: '2026-01-01T00:00:00Z' };
    const page = JSON.stringify({ objects: [{ name: 'runs/a', ...about }], nextStartWith: 'runs/b' });
    const head = ['HTTP/1.1 200 OK', 'content-type: application/json', `content-length: ${page.length}`];
    await using server = await hostile(answering(...head, '', page), {});
    expect((await server.store.list()).next).toBe('runs/a');
    await expectFailure(server.store.list({ after: 'runs/a' }), 'PROTOCOL');
  });

  it('and does not shake hands is given up', async () => {
    await using server = await hostile((socket) => socket.pause(), { connectTimeoutMs: 200 }, 'https');
    const error = await expectFailure(server.store.head('object'), 'TIMEOUT');
    expect(error.message).toContain('no connection for 200 ms');
  });

  it('and speaks no HTTP is not asked again', async () => {
    await using server = await hostile(answering('SSH-2.0-OpenSSH_9.2', ''), {});
    await expectFailure(server.store.head('object'), 'PROTOCOL');
    expect(server.connections()).toBe(1);
  });

  it('and refuses before it has read all of an upload is believed', async () => {
    const refusal = 'HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';
    await using server = await hostile((socket) => {
      socket.once('data', () => socket.write(refusal));
    }, {});
    await expectFailure(server.store.put('object', lend(bytesOf(12_000_000))), 'FORBIDDEN');
  });

  it.each([
    ['no version', ['content-length: 4', 'last-modified: Sat, 21 Nov 2026 12:00:00 GMT']],
    ['a weak version', ['content-length: 4', 'etag: W/"e"', 'last-modified: Sat, 21 Nov 2026 12:00:00 GMT']],
    ['no time', ['content-length: 4', 'etag: "e"']],
    ['a time that is none', ['content-length: 4', 'etag: "e"', 'last-modified: yesterday']],
    ['no length', [...OBJECT, 'transfer-encoding: chunked']],
  ])('and says of an object %s is not understood', async (_, headers) => {
    const body = headers.includes('transfer-encoding: chunked') ? '4\r\nbody\r\n0\r\n\r\n' : 'body';
    await using server = await hostile(answering('HTTP/1.1 200 OK', ...headers, '', body), {});
    await expectFailure(server.store.open('object'), 'PROTOCOL');
  });

  it.each([
    ['another range', ['HTTP/1.1 206 Partial Content', 'content-length: 4', 'content-range: bytes 0-3/100']],
    ['all', ['HTTP/1.1 200 OK', 'content-length: 4']],
    ['what is no range', ['HTTP/1.1 206 Partial Content', 'content-length: 4', 'content-range: bytes */100']],
  ])('and gives %s where a range was asked for is not understood', async (_, head) => {
    await using server = await hostile(answering(...head, ...OBJECT, '', 'body'), {});
    await expectFailure(readKey(server.store, 'object', { range: { start: 2, end: 4 } }), 'PROTOCOL');
  });

  it('and follows nobody elsewhere', async () => {
    const moved = answering(
      'HTTP/1.1 302 Found',
      'location: http://127.0.0.1:1/',
      'content-length: 0',
      '',
      '',
    );
    await using server = await hostile(moved, {});
    await expectFailure(server.store.open('object'), 'PROTOCOL');
  });

  it('and says more with a refusal than anybody reads is cut off', async () => {
    await using server = await hostile((socket) => {
      socket.on('data', () => {
        socket.write('HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\n');
        const more = (): void =>
          void socket.write(`10000\r\n${'x'.repeat(0x10000)}\r\n`, () => !socket.destroyed && more());
        more();
      });
    }, {});
    await expectFailure(server.store.open('object'), 'FORBIDDEN');
  });
});

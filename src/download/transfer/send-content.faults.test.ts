import { once } from 'node:events';
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileChunks, StoreError } from '../../store/index.ts';
import { readContent } from './testing/lent-content.ts';
import { serveClient } from './testing/serve-content.ts';

const MIB = 1024 * 1024;
// More than the system takes off a server, on both ends of a connection, while nobody reads.
const LARGE = 64 * MIB;
const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

test('a content that takes long is waited for, however little its reader may stall', async () => {
  const sawTimeout = Promise.withResolvers<void>();
  const content = readContent(10, async function* () {
    yield Buffer.alloc(5);
    await sawTimeout.promise;
    yield Buffer.alloc(5);
  });
  await using served = await serveClient(content, { stallTimeoutMs: 20 });
  const { server, client } = served;
  server.server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.on('timeout', () => sawTimeout.resolve());
  });
  client.send(GET);
  expect((await client.response()).body).toHaveLength(10);
  expect(await server.nextOutcome()).toMatchObject({ end: 'complete' });
});

describe('a content that fails', () => {
  const trouble = new StoreError('UNAVAILABLE', 'the disk is gone');
  // biome-ignore lint/correctness/useYield: it has nothing to give
  async function* failing(): AsyncGenerator<Uint8Array> {
    throw trouble;
  }

  test('in the middle: the connection is closed before the promised length', async () => {
    const content = readContent(3000, async function* () {
      yield Buffer.alloc(1000);
      throw trouble;
    });
    await using served = await serveClient(content);
    const { server, client } = served;
    client.send(GET.repeat(2)); // an answer to the second would be taken for the rest of the first
    expect(await server.nextOutcome()).toEqual({
      status: 200,
      sentBytes: 1000,
      end: 'failed',
      error: trouble,
    });
    const { bytes } = await client.rest();
    expect(bytes.toString('latin1')).toContain('content-length: 3000');
    expect(bytes.length - bytes.indexOf('\r\n\r\n') - 4).toBe(1000);
  });

  test('before its first byte: nothing is sent, and the connection is good for another answer', async () => {
    const content = readContent(3000, failing);
    await using served = await serveClient(content);
    const { server, client } = served;
    for (let i = 0; i < 2; i += 1) {
      client.send(GET);
      expect((await client.response()).status).toBe(500);
      await expect(server.nextOutcome()).rejects.toBe(trouble);
    }
  });

  test('before the first byte of several ranges: nothing is sent either', async () => {
    const content = readContent(3000, failing);
    await using served = await serveClient(content);
    const { server, client } = served;
    client.send('GET / HTTP/1.1\r\nhost: x\r\nrange: bytes=0-9,1000-1009\r\n\r\n');
    expect((await client.response()).status).toBe(500);
    await expect(server.nextOutcome()).rejects.toBe(trouble);
  });

  test('in a later range: the connection is closed without the last boundary', async () => {
    const content = readContent(3000, async function* ({ start, end }) {
      if (start > 0) throw trouble;
      yield Buffer.alloc(end - start);
    });
    await using served = await serveClient(content);
    const { server, client } = served;
    client.send('GET / HTTP/1.1\r\nhost: x\r\nrange: bytes=0-9,1000-1009\r\n\r\n');
    expect(await server.nextOutcome()).toMatchObject({ status: 206, end: 'failed', error: trouble });
    expect((await client.rest()).bytes.toString('latin1')).not.toContain('1000-1009');
  });

  test('because a range is too short: the next one is not begun', async () => {
    const content = readContent(3000, async function* ({ start, end }) {
      yield Buffer.alloc(start > 0 ? end - start + 1 : end - start - 1); // together as long as they should be
    });
    await using served = await serveClient(content);
    const { server, client } = served;
    client.send('GET / HTTP/1.1\r\nhost: x\r\nrange: bytes=0-9,1000-1009\r\n\r\n');
    expect(await server.nextOutcome()).toMatchObject({ end: 'failed', error: { code: 'TRUNCATED' } });
    expect((await client.rest()).bytes.toString('latin1')).not.toContain('1000-1009');
  });

  test.each([
    ['ends early', 'TRUNCATED', [1000, 1999], 2999],
    ['goes on', 'PROTOCOL', [1000, 1000, 1000, 1], 3000],
    ['goes on within a chunk', 'PROTOCOL', [1000, 2001], 1000],
  ] as const)('because it %s: nothing is taken for what it is not', async (_how, code, sizes, sent) => {
    const content = readContent(3000, async function* () {
      for (const size of sizes) yield Buffer.alloc(size);
    });
    await using served = await serveClient(content);
    const { server, client } = served;
    client.send(GET.repeat(2));
    expect(await server.nextOutcome()).toMatchObject({ end: 'failed', sentBytes: sent, error: { code } });
    const { bytes } = await client.rest();
    expect(bytes.length - bytes.indexOf('\r\n\r\n') - 4).toBe(sent);
  });
});

test('a file that shrinks while it is sent never looks complete', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-transfer-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'file');
  await writeFile(path, Buffer.alloc(LARGE, 'x'));
  await using file = await open(path);
  await using served = await serveClient(
    readContent(LARGE, (range, signal) => fileChunks(file, range, signal)),
  );
  const { server, client } = served;
  client.send(GET.repeat(2));
  await once(client.socket, 'data');
  client.socket.pause();
  await truncate(path, 1000);
  client.socket.resume();
  expect(await server.nextOutcome()).toMatchObject({ end: 'failed', error: { code: 'TRUNCATED' } });
  expect((await client.rest()).bytes.length).toBeLessThan(LARGE);
});

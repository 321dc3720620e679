import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { lentContent, patternBytes, readContent } from './testing/lent-content.ts';
import { rawClient } from './testing/raw-client.ts';
import { serveClient, serveContent } from './testing/serve-content.ts';

const MIB = 1024 * 1024;
// More than the system takes off a server, on both ends of a connection, while nobody reads.
const LARGE = 64 * MIB;
const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

const large = () => lentContent(Buffer.alloc(LARGE, 'x'), { chunkBytes: MIB });

describe('a client that leaves', () => {
  test('ends the reading, which closes what is read', async () => {
    const content = large();
    await using served = await serveClient(content);
    const { server, client } = served;
    client.send(GET);
    await once(client.socket, 'data');
    client.socket.destroy();
    expect(await server.nextOutcome()).toMatchObject({ status: 200, end: 'cut' });
    expect(content.openReads()).toBe(0);
  });

  test('ends a reading that has nothing to give yet', async () => {
    const asked = Promise.withResolvers<void>();
    const content = readContent(10, async function* (_range, signal) {
      asked.resolve();
      await once(signal, 'abort');
      signal.throwIfAborted();
      yield Buffer.alloc(10);
    });
    await using served = await serveClient(content);
    const { server, client } = served;
    client.send(GET);
    await asked.promise;
    client.socket.destroy();
    expect(await server.nextOutcome()).toMatchObject({ status: 200, sentBytes: 0, end: 'cut' });
  });

  test('ends all that it has asked for in one go', async () => {
    const content = large();
    await using served = await serveClient(content);
    const { server, client } = served;
    client.send(GET.repeat(20));
    await once(client.socket, 'data');
    client.socket.destroy();
    for (let i = 0; i < 20; i += 1) expect((await server.nextOutcome()).end).toBe('cut');
    expect(content.reads()).toBe(1);
    expect(content.openReads()).toBe(0);
  });
});

describe('a client that takes nothing', () => {
  test('is cut, and the connection is reset', async () => {
    const content = large();
    await using served = await serveClient(content, { stallTimeoutMs: 50 });
    const { server, client } = served;
    client.socket.pause();
    client.send(GET);
    const outcome = await server.nextOutcome();
    expect(outcome).toMatchObject({ status: 200, end: 'cut' });
    expect(outcome.error).toMatchObject({ message: 'the other side took nothing for 50 ms' });
    expect(outcome.sentBytes).toBeLessThan(LARGE);
    expect(content.openReads()).toBe(0);
    client.socket.resume();
    expect((await client.rest()).isReset).toBe(true);
  });

  test('is not taken for one that takes little of a chunk at a time', async () => {
    await using server = await serveContent(lentContent(Buffer.alloc(LARGE, 'x'), { chunkBytes: LARGE }), {
      stallTimeoutMs: 1000,
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    let taken = 0;
    let nextRest = 10 * MIB;
    for await (const chunk of socket) {
      taken += chunk.length;
      if (taken < nextRest) continue;
      nextRest += 10 * MIB;
      await delay(600); // several of them are longer than what takes nothing is given
    }
    expect(await server.nextOutcome()).toMatchObject({ end: 'complete', sentBytes: LARGE });
  });
});

test('a connection is as patient after an answer as it was before', async () => {
  await using served = await serveClient(lentContent(patternBytes(10)), {
    stallTimeoutMs: 50,
    server: { keepAliveTimeout: 0 },
  });
  const { server, client } = served;
  const times: unknown[] = [];
  server.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    response.on('close', () => times.push(request.socket.timeout));
  });
  client.send(GET);
  await client.response();
  client.send(GET);
  await client.response();
  expect(new Set(times)).toEqual(new Set([0]));
});

test('an aborted signal closes the connection at once', async () => {
  const controller = new AbortController();
  const content = large();
  await using served = await serveClient(content, { signal: controller.signal });
  const { server, client } = served;
  client.send(GET);
  await once(client.socket, 'data');
  client.socket.pause();
  const reason = new Error('the server stops');
  controller.abort(reason);
  expect(await server.nextOutcome()).toMatchObject({ end: 'cut', error: reason });
  expect(content.openReads()).toBe(0);
  using late = await rawClient(server.port);
  late.send(GET);
  expect(await server.nextOutcome()).toMatchObject({ end: 'cut', sentBytes: 0, error: reason });
  expect((await late.rest()).bytes).toHaveLength(0);
});

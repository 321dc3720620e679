import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { DownloadContent } from '../content.ts';
import { lentContent, patternBytes, readContent } from './testing/lent-content.ts';
import { type RawClient, rawClient } from './testing/raw-client.ts';
import { type ContentServer, type ServeOptions, serveContent } from './testing/serve-content.ts';

const MIB = 1024 * 1024;
// More than the system takes off a server, on both ends of a connection, while nobody reads.
const LARGE = 64 * MIB;
const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

let closing = new AsyncDisposableStack();
afterEach(async () => {
  await closing.disposeAsync();
  closing = new AsyncDisposableStack();
});

async function serve(
  content: DownloadContent,
  options: ServeOptions = {},
): Promise<{ server: ContentServer; client: RawClient }> {
  const server = closing.use(await serveContent(content, options));
  return { server, client: closing.use(await rawClient(server.port)) };
}

const large = () => lentContent(Buffer.alloc(LARGE, 'x'), { chunkBytes: MIB });

describe('a client that leaves', () => {
  test('ends the reading, which closes what is read', async () => {
    const content = large();
    const { server, client } = await serve(content);
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
    const { server, client } = await serve(content);
    client.send(GET);
    await asked.promise;
    client.socket.destroy();
    expect(await server.nextOutcome()).toMatchObject({ status: 200, sentBytes: 0, end: 'cut' });
  });

  test('ends all that it has asked for in one go', async () => {
    const content = large();
    const { server, client } = await serve(content);
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
    const { server, client } = await serve(content, { stallTimeoutMs: 50 });
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
    const server = closing.use(
      await serveContent(lentContent(Buffer.alloc(LARGE, 'x'), { chunkBytes: LARGE }), {
        stallTimeoutMs: 1000,
      }),
    );
    const socket = connect(server.port, '127.0.0.1');
    closing.defer(() => void socket.destroy());
    socket.write(GET);
    // Several times as long as what takes nothing has.
    let taken = 0;
    for (let nextRest = 10 * MIB; taken < LARGE; ) {
      const [chunk] = await once(socket, 'data');
      taken += (chunk as Buffer).length; // the event's only value
      if (taken < nextRest) continue;
      nextRest += 10 * MIB;
      socket.pause();
      await delay(600);
      socket.resume();
    }
    expect(await server.nextOutcome()).toMatchObject({ end: 'complete', sentBytes: LARGE });
  });
});

test('a connection is as patient after an answer as it was before', async () => {
  const { server, client } = await serve(lentContent(patternBytes(10)), {
    stallTimeoutMs: 50,
    server: { keepAliveTimeout: 0 },
  });
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
  const { server, client } = await serve(content, { signal: controller.signal });
  client.send(GET);
  await once(client.socket, 'data');
  client.socket.pause();
  const reason = new Error('the server stops');
  controller.abort(reason);
  expect(await server.nextOutcome()).toMatchObject({ end: 'cut', error: reason });
  expect(content.openReads()).toBe(0);
  const late = closing.use(await rawClient(server.port));
  late.send(GET);
  expect(await server.nextOutcome()).toMatchObject({ end: 'cut', sentBytes: 0, error: reason });
  expect((await late.rest()).bytes).toHaveLength(0);
});

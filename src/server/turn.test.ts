import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { FastifyPluginAsync } from 'fastify';
import { expect, test } from 'vitest';
import { createServerLogger, createServerMetrics, type RunningServer, startServer } from './index.ts';

const REQUESTS = 300;
const PACKET = 'GET /counted HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(REQUESTS);

/** A route that counts how many of its answers are in the making at the same time. */
function countedRoute() {
  const count = { begun: 0, now: 0, most: 0 };
  const route: FastifyPluginAsync = async (app) => {
    app.get('/counted', async () => {
      count.begun += 1;
      count.now += 1;
      count.most = Math.max(count.most, count.now);
      await setImmediate();
      count.now -= 1;
      return `answer ${count.begun}\n`;
    });
  };
  return { route, count };
}

const start = (route: FastifyPluginAsync, waitingRequests?: number): Promise<RunningServer> =>
  startServer({
    ...(waitingRequests !== undefined && { limits: { waitingRequests } }),
    host: '127.0.0.1',
    port: 0,
    routes: [route],
    logger: createServerLogger({ stream: { write: () => {} }, format: 'json', debug: false }),
    metrics: createServerMetrics(),
    drainTimeoutMs: 60_000,
  });

test('requests that come in one packet are answered one after the other, in their order', async () => {
  const { route, count } = countedRoute();
  await using server = await start(route);
  const socket = connect(server.port, '127.0.0.1');
  socket.write(PACKET);
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    if (text.includes(`answer ${REQUESTS}\n`)) break;
  }
  const numbers = [...text.matchAll(/^answer (\d+)$/gm)].map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: REQUESTS }, (_, i) => i + 1));
  expect(count.most).toBe(1);
});

test('requests whose turn never comes are not answered at all', async () => {
  const { route, count } = countedRoute();
  await using server = await start(route);
  const socket = connect(server.port, '127.0.0.1');
  socket.write(PACKET);
  await once(socket, 'data');
  socket.resetAndDestroy();
  await once(socket, 'close');
  expect(await server.close()).toEqual({ cut: 0 });
  expect(count.begun).toBeLessThan(REQUESTS);
  expect(count.now).toBe(0);
});

test('a connection on which too many requests wait is closed, and others go on', async () => {
  const waiting = Promise.withResolvers<string>();
  const route: FastifyPluginAsync = async (app) => {
    app.get('/slow', () => waiting.promise);
    app.get('/counted', async () => 'done');
  };
  await using server = await start(route, 5);
  const send = (count: number) => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
    socket.write('GET /counted HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(count));
    return socket;
  };
  const good = send(5);
  const bad = send(6);
  bad.resume();
  await once(bad, 'close');
  waiting.resolve('slow');
  let text = '';
  for await (const chunk of good) {
    text += chunk;
    if (text.match(/done/g)?.length === 5) break;
  }
  expect(text).toMatch(/slow.*done/s);
});

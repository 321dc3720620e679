import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { QueueClient } from '../../queue-client/index.ts';
import { dialShell } from './dial-shell.ts';

/** How a shell ends whose other side does `end`. */
async function endOf(
  end: (socket: WebSocket) => void,
): Promise<{ code: number; problem: string | undefined }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  server.on('connection', end);
  const queue = {
    rootUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isSlipway: async () => true,
    signUrl: (url: string) => url,
  } as unknown as QueueClient; // all that is asked of it
  const { signal } = new AbortController();
  try {
    await using terminal = await dialShell({ queue, taskId: 'a-task', runId: 0, command: ['sh'], signal });
    for await (const _ of terminal.output);
    return { code: await terminal.ended, problem: terminal.problem };
  } finally {
    server.close();
  }
}

it('a shell ends with what its process ended with', async () => {
  const stopped = (socket: WebSocket): void => {
    socket.send(Buffer.from([200, 7]));
    socket.close(1000);
  };
  expect(await endOf(stopped)).toEqual({ code: 7, problem: undefined });
});

it('a shell that breaks off says why', async () => {
  expect(await endOf((socket) => socket.terminate())).toEqual({
    code: -1,
    problem: 'the connection was lost',
  });
  expect(await endOf((socket) => socket.close(1000))).toEqual({
    code: -1,
    problem: 'the server has closed it',
  });
  const container = (socket: WebSocket): void => {
    socket.send(Buffer.from([201]));
    socket.close(1000);
  };
  expect(await endOf(container)).toEqual({ code: -1, problem: 'the container has ended' });
});

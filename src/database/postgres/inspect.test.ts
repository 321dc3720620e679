import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { inspect } from './inspect.ts';

it('leaves a server that accepts a connection and says nothing, as soon as nobody waits for it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const leaving = new AbortController();
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const inspected = expect(
      inspect(`postgres://a:b@127.0.0.1:${port}/c`, [], leaving.signal),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const [socket] = await accepted;
    const closed = once(socket.resume(), 'close');
    leaving.abort();
    await inspected;
    await closed;
  } finally {
    server.close();
  }
});

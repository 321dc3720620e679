import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

/** A registry behind a connection that does not hold. */
export interface CuttingProxy extends AsyncDisposable {
  readonly host: string;
  /** Resolves when the limit is reached for the first time. */
  readonly reached: Promise<void>;
}

/**
 * Lets each connection send so many bytes, and breaks it off then; with `stall` it takes nothing more instead, and stays
 * open.
 */
export async function openCuttingProxy(
  target: string,
  limitBytes: number,
  { stall = false } = {},
): Promise<CuttingProxy> {
  const [host = '', port] = target.split(':');
  const sockets = new Set<Socket>();
  const reached = Promise.withResolvers<void>();
  const server = createServer((near) => {
    const far = createConnection({ host, port: Number(port) });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    let sent = 0;
    near.on('data', (bytes: Buffer) => {
      sent += bytes.length;
      if (sent <= limitBytes) {
        far.write(bytes);
        return;
      }
      reached.resolve();
      near.pause();
      if (!stall) for (const socket of [near, far]) socket.destroy();
    });
    near.on('end', () => far.end());
    far.pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: ownPort } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    host: `127.0.0.1:${ownPort}`,
    reached: reached.promise,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** One address before several servers, as a proxy in front of a fleet is: connections go to each in turn. Dispose to close it. */
export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** Where connections go from now on; a server that takes none is passed by. */
  lead(ports: readonly number[]): void;
}

/** Passes bytes on and knows nothing of HTTP: what was begun at a server that dies is cut off. */
export async function startBalancer(): Promise<Balancer> {
  const open = new Set<Socket>();
  let targets: readonly number[] = [];
  let next = 0;

  function pass(client: Socket, left: number): void {
    const port = targets[next++ % targets.length];
    if (port === undefined || left === 0) return void client.destroy();
    const server = connect(port, '127.0.0.1');
    const tryAnother = (): void => pass(client, left - 1);
    server.once('error', tryAnother);
    server.once('connect', () => {
      server.off('error', tryAnother);
      open.add(server);
      const end = (): void => {
        open.delete(server);
        server.destroy();
        client.destroy();
      };
      server.on('error', end).once('close', end);
      client.once('close', end);
      client.pipe(server).pipe(client);
    });
  }

  const server = createServer((client) => {
    open.add(client);
    client.on('error', () => client.destroy()).once('close', () => open.delete(client));
    pass(client, targets.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
    lead(ports) {
      targets = ports;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

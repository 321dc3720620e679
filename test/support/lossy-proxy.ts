import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Before several servers, in turn; loses requests and answers as a bad network does. Dispose it to close it. */
export interface LossyProxy extends AsyncDisposable {
  readonly url: string;
  /** How many answers, or requests, were lost. */
  readonly lost: number;
}

/** What becomes of the next bytes: `silent`, the server gets them and is not told that nobody waits for an answer. */
const FATES = ['through', 'through', 'request', 'silent', 'answer', 'half of the answer'] as const;
type Fate = (typeof FATES)[number];

/** @param random - from 0 to 1, with a seed */
export async function openLossyProxy(urls: readonly string[], random: () => number): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  let [turn, lost] = [0, 0];
  const fate = (): Fate => FATES[Math.floor(random() * FATES.length)] ?? 'through';

  function keep(socket: Socket): Socket {
    sockets.add(socket);
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  }

  function lose(near: Socket): void {
    lost += 1;
    near.destroy();
  }

  const server = createServer((near) => {
    const { hostname, port } = new URL(urls[turn % urls.length] ?? '');
    turn += 1;
    const far = keep(connect(Number(port), hostname));
    keep(near);
    let isSilent = false;
    near.on('data', (bytes) => {
      const now = fate();
      if (now === 'request') return lose(near);
      far.write(bytes);
      isSilent = now === 'silent';
      if (isSilent) lose(near);
    });
    far.on('data', (bytes) => {
      const now = near.destroyed ? 'through' : fate();
      if (now === 'answer') return lose(near);
      if (now !== 'half of the answer') return void near.write(bytes);
      near.write(bytes.subarray(0, bytes.length / 2), () => lose(near));
    });
    // Of a silent loss the server hears only when all is over.
    near.on('close', () => isSilent || far.destroy());
    far.on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    get lost() {
      return lost;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

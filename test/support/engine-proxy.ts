import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Transform } from 'node:stream';

const ENGINE = '/var/run/docker.sock';

/** The machine's engine behind a socket of the test's own; disposing it leaves the engine alone. */
export interface EngineProxy extends AsyncDisposable {
  /** For `DOCKER_HOST`. */
  readonly host: string;
  /** Breaks every connection and takes no more, as an engine does that stops. */
  stop(): void;
}

/** `rewrite` may change what is asked; it gets the bytes as `latin1`, as they come. */
export async function openEngineProxy(
  folder: string,
  rewrite: (asked: string) => string = (asked) => asked,
): Promise<EngineProxy> {
  const path = join(folder, 'engine.sock');
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = createConnection({ path: ENGINE, allowHalfOpen: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    const asked = new Transform({
      transform: (bytes: Buffer, _encoding, done) =>
        done(null, Buffer.from(rewrite(bytes.toString('latin1')), 'latin1')),
    });
    near.pipe(asked).pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { host: `unix://${path}`, stop, [Symbol.asyncDispose]: () => Promise.resolve(stop()) };
}

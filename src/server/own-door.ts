import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { type ListenOptions, listen, urlOf } from './listen.ts';

/** Another way into a server, for programs of its own. */
export interface OwnDoor extends AsyncDisposable {
  /** `http://127.0.0.1:41234` */
  readonly url: string;
}

const HERE: ListenOptions = { host: '127.0.0.1', port: 0 };

// A worker has a few connections for each of its tasks.
const MAX_CONNECTIONS = 1024;

/**
 * Lets programs of this machine in without TLS, whatever the server's certificate says and whoever it was made for: nothing
 * leaves the machine. Requests have the routes, the limits and the checks of all others; those that come through here are
 * known by their socket's `isOwnDoor`, and are given addresses that lead back here.
 */
export async function openOwnDoor(server: Server, isTls: boolean): Promise<OwnDoor> {
  const sockets = new Set<Socket>();
  // What a server of TLS takes for a connection whose handshake is done, it serves as it is.
  const event = isTls ? 'secureConnection' : 'connection';
  const door = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    server.emit(event, Object.assign(socket, { isOwnDoor: true }));
  });
  door.maxConnections = MAX_CONNECTIONS;
  const url = urlOf(await listen(door, HERE), false);
  return {
    url,
    async [Symbol.asyncDispose]() {
      const closed = once(door, 'close');
      door.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

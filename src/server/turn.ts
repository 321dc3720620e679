import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Calls back when it is a response's turn on its connection, and never where the connection closes before. */
export type WhenItsTurn = (request: IncomingMessage, response: ServerResponse, callback: () => void) => void;

/**
 * Requests may come by hundreds in one packet: what is opened for each at once would be more files than the process may have,
 * for one client. Each that waits takes memory too, and Node reads on while the first one is answered, however slowly: a
 * connection on which more than `maxWaiting` of them wait is closed.
 */
export function createTurns(maxWaiting: number): WhenItsTurn {
  const waiting = new WeakMap<Socket, number>();
  const add = (socket: Socket, count: number): number => {
    const now = (waiting.get(socket) ?? 0) + count;
    waiting.set(socket, now);
    return now;
  };
  return ({ socket }, response, callback) => {
    if (response.socket !== null) {
      callback();
      return;
    }
    if (add(socket, 1) > maxWaiting) {
      socket.destroy();
      return;
    }
    response.once('socket', () => {
      add(socket, -1);
      callback();
    });
  };
}

import type { ServerResponse } from 'node:http';

/**
 * Calls back when it is a response's turn on its connection, and never where the connection closes before. Requests may come
 * by hundreds in one packet: what is opened for each at once would be more files than the process may have, for one client.
 */
export function whenItsTurn(response: ServerResponse, callback: () => void): void {
  if (response.socket !== null) callback();
  else response.once('socket', () => callback());
}

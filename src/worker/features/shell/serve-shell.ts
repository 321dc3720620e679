import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { TaskContext } from '../../task/task-context.ts';
import { type OwnServer, openOwnServer } from '../own-server/own-server.ts';
import { type ShellRequest, shellRequest } from './message-code.ts';

/** Takes over a socket on which a session begins. */
export type OnSession = (socket: WebSocket, request: ShellRequest) => void;

/** Where sessions come in. */
export interface ShellDoor extends AsyncDisposable {
  /** For clients: a secret in itself. */
  readonly socketUrl: string;
}

const CONNECTIONS = 32;
export const MAX_MESSAGE_BYTES = 1024 * 1024;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The worker's own web socket, at `/<token>/shell.sock` of a port that was free. */
export async function serveShell(task: TaskContext, token: string, onSession: OnSession): Promise<ShellDoor> {
  const { WebSocketServer } = await import('ws');
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: true,
  });
  const path = `/${token}/shell.sock`;
  const server: OwnServer = await openOwnServer(task, {
    secure: task.settings.ownSockets?.secureInteractive ?? false,
    connections: CONNECTIONS,
    handler: (request, response) => {
      request.resume();
      response.writeHead(426, { 'content-type': 'text/plain' }).end('this is a web socket\n');
    },
  });
  const expected = digest(path);
  server.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const [asked = '', query] = (request.url ?? '').split('?', 2);
    const wanted = shellRequest(new URLSearchParams(query));
    if (!timingSafeEqual(digest(asked), expected)) return refuse(socket, '404 Not Found');
    if (wanted === undefined) return refuse(socket, '400 Bad Request');
    sockets.handleUpgrade(request, socket, head, (accepted) => onSession(accepted, wanted));
  });
  return {
    socketUrl: `${server.url.replace(/^http/, 'ws')}${path}`,
    [Symbol.asyncDispose]: () => close(server, sockets),
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

async function close(server: OwnServer, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  await server[Symbol.asyncDispose]();
}

import { chmod, mkdtemp } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SOCKET_FOLDER } from './hold-record.ts';
import { type HoldAnswer, type HoldRequest, parseHoldRequest } from './hold-request.ts';

/** Takes what somebody else wants of a held run. Dispose it to take nothing more; its folder is the caller's to remove. */
export interface HoldServer extends AsyncDisposable {
  readonly path: string;
}

const MAX_PATH = 100; // the system's limit is 107 bytes
const MAX_REQUEST_BYTES = 1024 * 1024;

async function socketPath(): Promise<string> {
  const base = join(tmpdir(), `${SOCKET_FOLDER}XXXXXX`, 's').length > MAX_PATH ? '/tmp' : tmpdir();
  return join(await mkdtemp(join(base, SOCKET_FOLDER)), 's'); // mkdtemp lets only its owner in
}

/** One line is a request, one line its answer. Whoever asks closes their side behind the question. */
async function serve(socket: Socket, handle: (request: HoldRequest) => Promise<HoldAnswer>): Promise<void> {
  let text = '';
  for await (const piece of socket.setEncoding('utf8') as AsyncIterable<string>) {
    text += piece;
    if (text.length > MAX_REQUEST_BYTES) return void socket.destroy();
  }
  const request = parseHoldRequest(text.slice(0, Math.max(0, text.indexOf('\n'))));
  const answer: HoldAnswer =
    request === undefined
      ? { ok: false, message: 'the held run does not understand what it is asked' }
      : await handle(request);
  socket.end(`${JSON.stringify(answer)}\n`);
}

/** Listens on a socket that only this user may use. */
export async function openHoldServer(
  handle: (request: HoldRequest) => Promise<HoldAnswer>,
): Promise<HoldServer> {
  const path = await socketPath();
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    serve(socket, handle).catch(() => socket.destroy()); // whoever asked went away
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(path, resolve);
  });
  await chmod(path, 0o600);
  return {
    path,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const socket of sockets) if (!socket.writableEnded) socket.destroy();
      await closed;
    },
  };
}

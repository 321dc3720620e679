import type { RawData, WebSocket } from 'ws';

/** What may wait for one side before the other is not read any more. */
const HIGH_BYTES = 1024 * 1024;
const LOW_BYTES = 256 * 1024;

const NORMAL = 1000;
const BROKEN = 1011;
/** How long a side has to answer that it was closed. */
const CLOSE_MS = 5_000;

/** Codes that say how a connection ended, and cannot be sent. */
const sendable = (code: number): number => (code === NORMAL || (code >= 3000 && code < 5000) ? code : BROKEN);

/** Closes a socket that may not be there any more. */
export function closeSocket(socket: WebSocket, code: number): void {
  // Its end was told already: a timer for it would keep a server that stops from its own.
  if (socket.readyState === socket.CLOSED) return;
  socket.resume(); // the answer to closing has to be read
  socket.close(sendable(code));
  const timer = setTimeout(() => socket.terminate(), CLOSE_MS);
  socket.once('close', () => clearTimeout(timer));
}

function pass(from: WebSocket, to: WebSocket, onMessage: () => void): void {
  from.on('message', (data: RawData, isBinary) => {
    onMessage();
    to.send(data, { binary: isBinary }, () => {
      if (from.isPaused && to.bufferedAmount <= LOW_BYTES) from.resume();
    });
    if (to.bufferedAmount > HIGH_BYTES) from.pause();
  });
  from.once('close', (code) => closeSocket(to, code));
  from.on('error', () => from.terminate());
}

/** Passes messages between two sockets until one of them is closed; a slow side slows the other. */
export function pipeSockets(one: WebSocket, other: WebSocket, { idleMs }: { readonly idleMs: number }): void {
  const idle = setTimeout(() => {
    closeSocket(one, NORMAL);
    closeSocket(other, NORMAL);
  }, idleMs);
  const heard = (): void => {
    idle.refresh();
  };
  pass(one, other, heard);
  pass(other, one, heard);
  one.once('close', () => clearTimeout(idle));
}

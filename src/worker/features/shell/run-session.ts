import type { RawData, WebSocket } from 'ws';
import type { Engine, Terminal } from '../../../engine/index.ts';
import { MESSAGE, type ShellRequest } from './message-code.ts';

export interface SessionOptions {
  readonly engine: Engine;
  readonly containerId: string;
  readonly request: ShellRequest;
  /** Ends the session: the container has ended, or the worker stops. */
  readonly signal: AbortSignal;
  /** A session in which nothing is typed for as long is ended. @defaultValue an hour */
  readonly idleMs?: number;
}

const IDLE_MS = 60 * 60_000;
const PIECE_BYTES = 32 * 1024;
/** Typed bytes that the process has not read yet, before no more are taken off the connection. */
const MAX_WAITING_BYTES = 256 * 1024;
const NORMAL = 1000;
/** How long a client has to take the last messages. */
const CLOSE_MS = 2_000;
const UNSUPPORTED = 1003;

const message = (code: number, payload: Uint8Array = new Uint8Array()): Buffer =>
  Buffer.concat([Buffer.from([code]), payload]);

/**
 * Runs a command in the container with a web socket as its terminal, until either ends. Does not reject; the socket is
 * closed then, and the process gone or left behind at its terminal.
 */
export async function runSession(socket: WebSocket, options: SessionOptions): Promise<void> {
  socket.binaryType = 'nodebuffer';
  // A broken connection is followed by its closing, and that is what counts.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const stop = (): void => endWith(socket, message(MESSAGE.shutdown));
  options.signal.addEventListener('abort', stop, { once: true });
  try {
    await converse(socket, options, closed);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    endWith(
      socket,
      (await hasEnded(options)) ? message(MESSAGE.shutdown) : message(MESSAGE.error, Buffer.from(words)),
    );
  } finally {
    options.signal.removeEventListener('abort', stop);
    endWith(socket);
  }
}

/** Whether trouble was only that the container has ended, which the engine may say before the worker hears of it. */
async function hasEnded({ engine, containerId }: SessionOptions): Promise<boolean> {
  try {
    return (await engine.inspectContainer(containerId))?.running !== true;
  } catch {
    return false; // the first trouble is what is told
  }
}

/** Sends and waits until it is on its way, so that a slow client slows the process. Does not reject. */
const say = (socket: WebSocket, code: number, payload?: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    socket.send(message(code, payload), () => resolve());
  });

/** Says the last word and closes, for good also where the client does not listen any more. */
function endWith(socket: WebSocket, last?: Buffer): void {
  if (socket.readyState === socket.CLOSED) return;
  if (last !== undefined && socket.readyState === socket.OPEN) socket.send(last);
  socket.resume(); // the client's answer to closing has to be read
  socket.close(NORMAL);
  const timer = setTimeout(() => socket.terminate(), CLOSE_MS);
  socket.once('close', () => clearTimeout(timer));
}

async function converse(
  socket: WebSocket,
  { engine, containerId, request, signal, idleMs = IDLE_MS }: SessionOptions,
  closed: Promise<void>,
): Promise<void> {
  const input = takeInput(socket);
  await using terminal = await engine.openTerminal(containerId, { command: request.command });
  await say(socket, MESSAGE.resume);
  const idle = setTimeout(() => {
    endWith(socket, message(MESSAGE.error, Buffer.from('nothing was typed for too long')));
  }, idleMs);
  input.start(terminal, () => idle.refresh());
  try {
    const shown = show(terminal, socket, input.isPaused);
    await Promise.race([shown, closed]);
    if (socket.readyState !== socket.OPEN || signal.aborted) return;
    await shown;
    await say(socket, MESSAGE.stopped, Buffer.from([(await terminal.ended) & 0xff]));
  } finally {
    clearTimeout(idle);
  }
}

/** What the process prints, in pieces of a bounded size, while the client wants any. */
async function show(
  terminal: Terminal,
  socket: WebSocket,
  paused: () => Promise<void> | undefined,
): Promise<void> {
  for await (const bytes of terminal.output) {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      await paused();
      if (socket.readyState !== socket.OPEN) return;
      await say(socket, MESSAGE.stdout, bytes.subarray(at, at + PIECE_BYTES));
    }
  }
}

interface Input {
  /** From now on messages go to the terminal, those included that came before. */
  start(terminal: Terminal, onTyped: () => void): void;
  /** Resolves when the client wants more, or is gone; `undefined`: it wants more now. */
  readonly isPaused: () => Promise<void> | undefined;
}

/** Takes what a client sends from the first moment on, in order. */
function takeInput(socket: WebSocket): Input {
  let resumed: PromiseWithResolvers<void> | undefined;
  let waitingBytes = 0;
  const started = Promise.withResolvers<Terminal>();
  let turn: Promise<unknown> = started.promise;
  let typed = (): void => undefined;
  const inTurn = (bytes: number, act: (terminal: Terminal) => Promise<void>): void => {
    waitingBytes += bytes;
    if (waitingBytes > MAX_WAITING_BYTES) socket.pause();
    turn = turn
      .then(async () => await act(await started.promise))
      .catch(() => undefined) // the process has ended: there is nobody to type for
      .finally(() => {
        waitingBytes -= bytes;
        if (waitingBytes <= MAX_WAITING_BYTES && socket.isPaused) socket.resume();
      });
  };
  const resume = (): void => {
    resumed?.resolve();
    resumed = undefined;
  };
  socket.once('close', resume);
  socket.on('message', (data: RawData, isBinary) => {
    if (!(isBinary && Buffer.isBuffer(data) && data.length > 0)) return socket.close(UNSUPPORTED);
    const payload = data.subarray(1);
    switch (data[0]) {
      case MESSAGE.stdin:
        typed();
        return inTurn(payload.length, (terminal) => terminal.write(payload));
      case MESSAGE.end:
        return inTurn(1, (terminal) => terminal.write('\u0004'));
      case MESSAGE.resize: {
        const size = sizeIn(payload);
        return size && inTurn(1, (terminal) => terminal.resize(size));
      }
      case MESSAGE.pause:
        resumed ??= Promise.withResolvers<void>();
        return undefined;
      case MESSAGE.resume:
        return resume();
      default:
        return undefined; // a later client may know more
    }
  });
  return {
    start(terminal, onTyped) {
      typed = onTyped;
      started.resolve(terminal);
    },
    isPaused: () => resumed?.promise,
  };
}

const MAX_SIDE = 1000;

function sizeIn(payload: Buffer): { columns: number; rows: number } | undefined {
  if (payload.length < 4) return undefined;
  const [rows, columns] = [payload.readUInt16LE(0), payload.readUInt16LE(2)];
  const isSound = [rows, columns].every((side) => side > 0 && side <= MAX_SIDE);
  return isSound ? { columns, rows } : undefined;
}

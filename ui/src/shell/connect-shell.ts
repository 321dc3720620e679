import { pausing, readMessage, resized, typed, typedBytes } from './messages.ts';

/** How a shell ended. */
export type ShellEnd =
  | { readonly type: 'exited'; readonly exitCode: number }
  /** The container has ended. */
  | { readonly type: 'shutdown' }
  | { readonly type: 'error'; readonly message: string }
  /** The connection was never there: refused, or nobody offers a shell. */
  | { readonly type: 'refused' }
  | { readonly type: 'lost' };

/** A connection with a shell in a container. */
export interface ShellConnection {
  type(text: string): void;
  typeBytes(binary: string): void;
  resize(size: { readonly rows: number; readonly columns: number }): void;
  close(): void;
}

export interface ConnectOptions {
  readonly socketUrl: string;
  /** What is run; @defaultValue the worker's own, `sh` */
  readonly command?: readonly string[];
  readonly onOpen: () => void;
  /** `taken` is called when it is on the screen. */
  readonly onOutput: (bytes: Uint8Array, taken: () => void) => void;
  readonly onEnd: (end: ShellEnd) => void;
}

/** So much may wait for the screen before the worker is told to wait. */
const HIGH_BYTES = 512 * 1024;
const LOW_BYTES = 128 * 1024;

/** Opens a shell. What is typed while the worker wants nothing waits for it. */
export function connectShell(options: ConnectOptions): ShellConnection {
  const { onOpen, onOutput, onEnd } = options;
  const socket = new WebSocket(addressOf(options));
  socket.binaryType = 'arraybuffer';
  let end: ShellEnd = { type: 'refused' };
  let waitingBytes = 0;
  let isWorkerWaiting = false;
  let mayType = true;
  const held: Uint8Array<ArrayBuffer>[] = [];
  const send = (bytes: Uint8Array<ArrayBuffer>): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
  };
  const sendTyped = (pieces: readonly Uint8Array<ArrayBuffer>[]): void => {
    if (mayType) for (const piece of pieces) send(piece);
    else held.push(...pieces);
  };
  const wait = (isWaiting: boolean): void => {
    if (isWaiting === isWorkerWaiting) return;
    isWorkerWaiting = isWaiting;
    send(pausing(isWaiting));
  };
  const show = (bytes: Uint8Array): void => {
    waitingBytes += bytes.length;
    if (waitingBytes > HIGH_BYTES) wait(true);
    onOutput(bytes, () => {
      waitingBytes -= bytes.length;
      if (waitingBytes < LOW_BYTES) wait(false);
    });
  };
  socket.onopen = () => {
    end = { type: 'lost' };
    onOpen();
  };
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    const message = data instanceof ArrayBuffer ? readMessage(data) : undefined;
    switch (message?.type) {
      case 'output':
        show(message.bytes);
        break;
      case 'pause':
        mayType = false;
        break;
      case 'resume':
        mayType = true;
        sendTyped(held.splice(0));
        break;
      case 'stopped':
        end = { type: 'exited', exitCode: message.exitCode };
        break;
      case 'shutdown':
        end = { type: 'shutdown' };
        break;
      case 'error':
        end = { type: 'error', message: message.message };
        break;
      case undefined: // a later worker may say more
        break;
    }
  };
  socket.onclose = () => onEnd(end);
  return {
    type: (text) => sendTyped(typed(text)),
    typeBytes: (binary) => sendTyped([typedBytes(binary)]),
    resize: (size) => send(resized(size)),
    close() {
      socket.onclose = null;
      socket.close(1000);
    },
  };
}

function addressOf({ socketUrl, command = [] }: ConnectOptions): string {
  const url = new URL(socketUrl);
  url.searchParams.set('tty', 'true');
  for (const word of command) url.searchParams.append('command', word);
  return url.href;
}

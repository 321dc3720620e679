import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';

/** What comes in at most before somebody takes it. */
const BUFFERS = 4;
/** More than a pipe holds, and most of what a socket does. */
const BUFFER_BYTES = 128 * 1024;

/** What a program is sent. */
interface Input extends AsyncIterable<Uint8Array> {
  /** Nothing more is read. */
  destroy(): void;
}

/**
 * The standard input in borrowed chunks: each is valid until the next one is asked for. A stream of Node's has memory of its
 * own for every chunk; of a push that is as much again as all that is sent, to be had, filled and let go of.
 */
export function openStandardInput(): Input {
  const kind = fstatSync(0);
  return kind.isFIFO() || kind.isSocket() ? new BorrowedInput() : process.stdin;
}

class BorrowedInput implements Input {
  readonly #buffers = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafeSlow(BUFFER_BYTES));
  readonly #waiting: Buffer[] = [];
  #socket: Socket | undefined;
  #filled = 0;
  #released = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#socket ??= this.#open();
    for (;;) {
      const chunk = this.#waiting.shift();
      if (chunk !== undefined) {
        yield chunk;
        this.#released += 1;
      } else {
        if (this.#failure !== undefined) throw this.#failure.error;
        if (this.#ended) return;
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        this.#socket.resume(); // it stopped where all memory was taken
        await promise;
      }
    }
  }

  destroy(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const onread = { buffer: () => this.#next(), callback: (bytes: number) => this.#take(bytes) };
    const socket = new Socket({ fd: 0, readable: true, writable: false, onread });
    socket.on('error', (error) => {
      this.#failure = { error };
    });
    socket.on('end', () => this.#end()).on('close', () => this.#end());
    return socket;
  }

  /** What is read into next; `#take` has seen to it that nobody looks at it any more. */
  #next(): Buffer {
    return this.#buffers[this.#filled % BUFFERS] ?? Buffer.alloc(0); // never: the remainder is one of its places
  }

  #take(bytes: number): boolean {
    this.#waiting.push(this.#next().subarray(0, bytes));
    this.#filled += 1;
    this.#wake();
    return this.#filled - this.#released < BUFFERS;
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }
}

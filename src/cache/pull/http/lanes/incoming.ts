import type { Socket } from 'node:net';
import { PassingError } from '../../../passing-error.ts';

export interface IncomingOptions {
  /** For messages. */
  readonly from: string;
  /** How long nothing may come while something is waited for. */
  readonly stallTimeoutMs: number;
}

/** What is held of what came at most: more is left to the other side. Anything that is asked for whole is smaller. */
const HELD_BYTES = 256 * 1024;

/** What a server has to send all in all, beside the pauses it may make: less is none that anybody waits for. */
const SLOWEST_BYTES_PER_MS = 0.1;

/** The bytes that come on a connection, in the portions in which they are wanted. One reader at a time. */
export class Incoming {
  readonly #socket: Socket;
  readonly #options: IncomingOptions;
  readonly #timer: NodeJS.Timeout;
  #chunks: Buffer[] = [];
  #heldBytes = 0;
  #receivedBytes = 0;
  #waitedMs = 0;
  #failure: Error | undefined;
  #wanted: { readonly bytes: number; readonly wake: () => void } | undefined;

  constructor(socket: Socket, options: IncomingOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#timer = setTimeout(() => this.#stalled(), options.stallTimeoutMs).unref();
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(`broke off (${error.message})`));
    socket.on('end', () => this.#fail('ended'));
    socket.on('close', () => this.#fail('was closed'));
  }

  /** Text up to the mark, without it. Throws `PassingError`, also where there is none within so many bytes. */
  async text(mark: string, maxBytes: number): Promise<string> {
    for (let seen = 1; ; seen = this.#heldBytes + 1) {
      await this.#have(seen);
      const first = this.#join(Math.min(this.#heldBytes, maxBytes));
      const end = first.indexOf(mark, 0, 'latin1');
      if (end >= 0) {
        const text = first.toString('latin1', 0, end);
        this.#drop(end + mark.length);
        return text;
      }
      if (this.#heldBytes >= maxBytes) throw this.#trouble('sends what is no answer');
    }
  }

  /** Exactly so many bytes, at most 128 KiB, which are the caller's own. */
  async whole(bytes: number): Promise<Buffer> {
    if (bytes === 0) return Buffer.alloc(0);
    await this.#have(bytes);
    const first = this.#join(bytes);
    this.#drop(bytes);
    return first.subarray(0, bytes);
  }

  /** So many bytes as they come. */
  async *pieces(bytes: number): AsyncGenerator<Buffer, void, undefined> {
    for (let left = bytes; left > 0; ) {
      await this.#have(1);
      const first = this.#chunks[0] ?? Buffer.alloc(0);
      const piece = first.subarray(0, left);
      this.#drop(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** Nothing is read any more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#heldBytes += chunk.length;
    this.#receivedBytes += chunk.length;
    this.#timer.refresh();
    if (this.#heldBytes > HELD_BYTES) this.#socket.pause();
    if (this.#wanted !== undefined && this.#heldBytes >= this.#wanted.bytes) this.#wanted.wake();
  }

  async #have(bytes: number): Promise<void> {
    if (this.#heldBytes >= bytes) return;
    if (this.#failure !== undefined) throw this.#failure;
    const { promise, resolve } = Promise.withResolvers<void>();
    const startedAt = performance.now();
    this.#wanted = { bytes, wake: resolve };
    this.#timer.refresh();
    this.#socket.resume();
    await promise;
    this.#wanted = undefined;
    this.#waitedMs += performance.now() - startedAt;
    if (this.#failure !== undefined && this.#heldBytes < bytes) throw this.#failure;
    if (this.#waitedMs > this.#options.stallTimeoutMs + this.#receivedBytes / SLOWEST_BYTES_PER_MS)
      throw this.#trouble('sends too slowly');
  }

  /** The first chunk, made to have at least so many of the bytes that are held. */
  #join(bytes: number): Buffer {
    const [first = Buffer.alloc(0)] = this.#chunks;
    if (first.length >= bytes) return first;
    const joined = Buffer.allocUnsafe(bytes);
    for (let at = 0; at < bytes; ) {
      const chunk = this.#chunks[0] ?? Buffer.alloc(0);
      const used = chunk.copy(joined, at);
      at += used;
      if (used === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(used);
    }
    this.#chunks.unshift(joined);
    return joined;
  }

  /** Of the first chunk. */
  #drop(bytes: number): void {
    const chunk = this.#chunks[0] ?? Buffer.alloc(0);
    if (bytes === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(bytes);
    this.#heldBytes -= bytes;
  }

  #stalled(): void {
    if (this.#wanted !== undefined)
      this.#fail(`said nothing for ${this.#options.stallTimeoutMs / 1000} seconds`);
  }

  #fail(what: string): void {
    this.#failure ??= this.#trouble(what);
    this.#wanted?.wake();
  }

  #trouble(what: string): PassingError {
    return new PassingError(`${this.#options.from} ${what}`);
  }
}

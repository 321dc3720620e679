import type { ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';

interface OutletOptions {
  readonly signal: AbortSignal;
  readonly stallTimeoutMs: number;
}

/**
 * The way out of a response: writes at the pace of the other side, one chunk at a time, and knows when that side is gone.
 * What is waited for rejects with the reason when it is.
 */
export class Outlet implements Disposable {
  readonly #response: ServerResponse;
  readonly #options: OutletOptions;
  readonly #gone = new AbortController();
  #isSending = false;
  #rejectWaiting: ((reason: unknown) => void) | undefined;

  constructor(response: ServerResponse, options: OutletOptions) {
    this.#response = response;
    this.#options = options;
    response.on('close', this.#onClose).on('timeout', this.#onTimeout);
    options.signal.addEventListener('abort', this.#onAbort);
    if (options.signal.aborted) this.#onAbort();
    else if (response.destroyed) this.#onClose();
  }

  /** Aborts once nothing can be sent any more. The connection is closed by then. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resolves when it is this response's turn on its connection: those to earlier requests are sent before. */
  async turn(): Promise<void> {
    const response = this.#response;
    await this.#wait((done) => {
      if (response.socket !== null) done();
      else response.once('socket', () => done());
    });
    const before = response.socket?.timeout ?? 0;
    response.setTimeout(this.#options.stallTimeoutMs);
    // Before the server sets the time that it waits for the next request.
    response.prependOnceListener('finish', () => response.socket?.setTimeout(before));
  }

  /** Resolves when the system has taken the chunk: its memory is free. */
  write(chunk: Uint8Array): Promise<void> {
    return this.#send((done) => this.#response.write(chunk, done));
  }

  /** Resolves when the system has taken everything. */
  end(body = ''): Promise<void> {
    return this.#send((done) => this.#response.end(body, done));
  }

  /** Closes the connection: the other side sees that there should have been more. */
  cut(reason: unknown): void {
    if (this.gone.aborted) return;
    // First, so that nothing reads a chunk any more when whoever lent it hears of this.
    this.#response.destroy();
    this.#gone.abort(reason);
    this.#rejectWaiting?.(reason);
  }

  [Symbol.dispose](): void {
    this.#response.off('close', this.#onClose).off('timeout', this.#onTimeout);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }

  async #send(begin: (done: (error?: Error | null) => void) => void): Promise<void> {
    this.#isSending = true;
    await this.#wait(begin);
    this.#isSending = false;
  }

  #wait(begin: (done: (error?: Error | null) => void) => void): Promise<void> {
    if (this.gone.aborted) return Promise.reject(this.gone.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#rejectWaiting = reject;
    begin((error) => {
      if (error) this.cut(error);
      else resolve();
    });
    return promise;
  }

  readonly #onClose = (): void => this.cut(new Error('the other side closed the connection'));

  readonly #onAbort = (): void => this.cut(this.#options.signal.reason);

  // The socket's timer, which also looks at how much of a chunk is still to go: a chunk may take longer than this. It
  // runs as well while a content is waited for; that is not the other side's fault.
  readonly #onTimeout = (): void => {
    if (!this.#isSending) return;
    const { socket } = this.#response;
    // What the system holds for a reader that takes nothing, up to some MiB, goes as well.
    if (socket !== null && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
    this.cut(new Error(`the other side took nothing for ${this.#options.stallTimeoutMs} ms`));
  };
}

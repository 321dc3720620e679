/** A stream of bytes that somebody else makes, taken piece by piece, and let go of even while it is busy. */
export class Source {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #busy: boolean = false;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#iterator = bytes[Symbol.asyncIterator]();
  }

  /** The next piece; `undefined` at the end. Rejects with the source's own error. */
  async next(): Promise<Uint8Array | undefined> {
    this.#busy = true;
    const { done, value } = await this.#iterator.next();
    this.#busy = false;
    return done ? undefined : value;
  }

  /** Lets go of it. One that is making a piece is told, not waited for: it may never finish. */
  async close(): Promise<void> {
    const closed = Promise.resolve(this.#iterator.return?.()).catch(() => {});
    if (!this.#busy) await closed;
  }
}

/** The beginning of a tar with one large file. It stalls after some chunks, and tells when it does and when it was let go of. */
export class StallingSource implements AsyncIterable<Buffer> {
  readonly #stalled = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #chunks: Buffer[];

  constructor(header: Buffer, count: number) {
    this.#chunks = [header, ...Array.from({ length: count }, () => Buffer.alloc(65_536))];
  }

  get stalled(): Promise<void> {
    return this.#stalled.promise;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return {
      next: async () => {
        const value = this.#chunks.shift();
        if (value) return { done: false, value };
        this.#stalled.resolve();
        return await new Promise<never>(() => {});
      },
      return: async () => {
        this.#closed.resolve();
        return { done: true, value: undefined };
      },
    };
  }
}

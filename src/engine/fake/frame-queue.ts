import type { OutputFrame } from '../engine.ts';

/** As much as a pipe holds. */
const LIMIT_BYTES = 64 * 1024;

/** Frames on their way from a container to one reader. */
export class FrameQueue {
  readonly #frames: OutputFrame[] = [];
  #sizeBytes = 0;
  #state: 'open' | 'ended' | 'closed' = 'open';
  /** Wakes the reader, and the writer that waits for room. */
  #changed = Promise.withResolvers<void>();

  /** Adds a frame; resolves when there is room for the next, or nobody will read it. */
  async push(frame: OutputFrame): Promise<void> {
    if (this.#state !== 'open') return;
    this.#frames.push(frame);
    this.#sizeBytes += frame.bytes.length;
    this.#change();
    while (this.#sizeBytes > LIMIT_BYTES && this.#state === 'open') await this.#changed.promise;
  }

  /** No more frames will come; those that are here can still be read. */
  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#change();
  }

  /** Nobody reads any more. */
  close(): void {
    this.#state = 'closed';
    this.#frames.length = 0;
    this.#change();
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  async *read(): AsyncGenerator<OutputFrame, void> {
    try {
      while (this.#state !== 'closed') {
        const frame = this.#frames.shift();
        if (frame) {
          this.#sizeBytes -= frame.bytes.length;
          this.#change();
          yield frame;
        } else if (this.#state === 'ended') return;
        else await this.#changed.promise;
      }
    } finally {
      this.close();
    }
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

import type { Attachment, OutputFrame } from '../engine.ts';
import { type ContainerInput, inputClosed } from './container-input.ts';
import { FrameQueue } from './frame-queue.ts';
import { unlessStopped } from './stops.ts';

/** One reader of a container's streams. */
export class FakeAttachment implements Attachment {
  readonly queue = new FrameQueue();
  readonly output: AsyncIterable<OutputFrame>;
  /** Absent: attached for the output only. */
  readonly #input: ContainerInput | undefined;
  readonly #released = new AbortController();

  constructor(input: ContainerInput | undefined) {
    this.#input = input;
    this.output = this.#read();
  }

  async write(bytes: string | Uint8Array): Promise<void> {
    if (!this.#input || !this.queue.isOpen) throw inputClosed();
    await unlessStopped(this.#input.write(bytes), [{ signal: this.#released.signal, error: inputClosed }]);
  }

  closeInput(): void {
    this.#input?.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#release();
  }

  async *#read(): AsyncGenerator<OutputFrame, void> {
    try {
      yield* this.queue.read();
    } finally {
      this.#release();
    }
  }

  /** As with Docker, a container whose input nobody holds any more sees its end. */
  #release(): void {
    this.queue.close();
    this.#released.abort();
    this.#input?.end();
  }
}

import type { Writable } from 'node:stream';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EngineError } from '../error.ts';
import { unlessStopped } from './stops.ts';

/** Standard input of a container from one end to the next; what is written before the start waits for it. */
export class ContainerInput {
  readonly #stream = new PassThrough();
  readonly #closing = new AbortController();

  constructor() {
    this.#stream.on('error', () => {});
  }

  /** Resolves when the container took the bytes, or will. Throws `CLOSED` when it never will. */
  async write(bytes: string | Uint8Array): Promise<void> {
    if (!this.#stream.writable) throw inputClosed();
    const written = new Promise<void>((resolve, reject) => {
      this.#stream.write(bytes, (error) => (error ? reject(inputClosed(error)) : resolve()));
    });
    // A destroyed stream forgets the write that was under way.
    await unlessStopped(written, [{ signal: this.#closing.signal, error: inputClosed }]);
  }

  /** The container sees the end after what was written. */
  end(): void {
    this.#stream.end();
  }

  close(): void {
    this.#closing.abort();
    this.#stream.destroy();
  }

  /** Leads the bytes to the process. */
  connect(pipe: Writable): void {
    // It ends early where the container does not read it all, which is no error.
    pipeline(this.#stream, pipe).catch(() => {});
  }
}

export const inputClosed = (cause?: Error): EngineError =>
  new EngineError('CLOSED', 'cannot write to the container: its standard input is closed', { cause });

import { execFile } from 'node:child_process';
import { constants, openSync, writeSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where the pipe is in the box. `/dev` is in memory there, so an image that is made of the box has no trace of it. */
export const PIPE_PATH = '/dev/slipway-output';

const run = promisify(execFile);

/**
 * Makes a named pipe in a folder of its own below `parent`, and returns its path. Mounted into the box it carries what
 * steps print: through the engine the same bytes pass four processes and take twice as long
 * (docs/decisions/0007-output-through-a-pipe.md). Rejects where there is no room, or no `mkfifo`.
 */
export async function makeOutputPipe(parent: string): Promise<string> {
  const path = join(await mkdtemp(join(parent, 'pipe-')), 'output');
  await run('mkfifo', [path]);
  await chmod(path, 0o666); // whoever the box runs as; on this machine the folder keeps others out
  return path;
}

/** One reader of a named pipe, from when it is made until it is disposed. */
export class PipeReader implements AsyncDisposable {
  readonly #fd: number;
  readonly #socket: Socket;
  readonly #reading: Promise<void>;
  #mark: string | undefined;
  #wake: (() => void) | undefined;

  /** Takes what is written in pieces of any size; while the promise is pending nothing more is read. Throws where the pipe is gone. */
  constructor(path: string, onBytes: (bytes: Buffer) => void | Promise<void>) {
    // Also for writing: so it opens at once, and does not end when a step's last process closes its end.
    this.#fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.#socket = new Socket({ fd: this.#fd, readable: true, writable: false });
    const wake = (): void => this.#wake?.();
    this.#socket.on('readable', wake).on('close', wake).on('error', wake);
    this.#reading = this.#takeAll(onBytes);
  }

  /**
   * Writes a mark behind all that has been written up to now: who looks for it in what is read knows then that
   * everything before it has been read. At most 512 bytes.
   */
  mark(text: string): void {
    this.#mark = text;
    this.#writeMark();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.#reading;
  }

  /** Whole or not at all; a full pipe takes it once something has been read. */
  #writeMark(): void {
    if (this.#mark === undefined) return;
    try {
      writeSync(this.#fd, this.#mark);
      this.#mark = undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }

  async #takeAll(onBytes: (bytes: Buffer) => void | Promise<void>): Promise<void> {
    while (!this.#socket.destroyed) {
      // All that has come so far at once: programs print in small pieces.
      const bytes: Buffer | null = this.#socket.read();
      if (bytes === null) await this.#more();
      else await onBytes(bytes);
      this.#writeMark();
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

import { type FileHandle, open } from 'node:fs/promises';

/** What waits to be written before who writes has to wait too. */
const PENDING_BYTES = 1024 * 1024;
const READ_BYTES = 256 * 1024;

interface ReadOptions {
  readonly start?: number;
  readonly follow: boolean;
  readonly signal?: AbortSignal;
}

/** A file that grows while others read it. What comes while a write is under way is written together after it. */
export class LogFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #writtenBytes = 0;
  #flushing: Promise<void> | undefined;
  #hasEnded = false;
  #failure: Error | undefined;
  /** Wakes those who follow. */
  #changed = Promise.withResolvers<void>();

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** @param path - of a file that is not there yet */
  static async create(path: string): Promise<LogFile> {
    return new LogFile(path, await open(path, 'wx', 0o600));
  }

  get sizeBytes(): number {
    return this.#writtenBytes + this.#pendingBytes;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Takes bytes that nobody changes any more. They are dropped after `end` and after a write failed. */
  append(bytes: Uint8Array): void {
    if (this.#hasEnded || this.#failure !== undefined || bytes.length === 0) return;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#flushing ??= this.#flush();
  }

  /** Resolves when more may come. Rejects with why the file could not be written. */
  async room(): Promise<void> {
    while (this.#pendingBytes > PENDING_BYTES) await this.#flushing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when what was taken so far is in the file. Rejects with why it could not be written. */
  async drained(): Promise<void> {
    await this.#flushing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async end(): Promise<void> {
    if (this.#hasEnded) return await this.drained();
    this.#hasEnded = true;
    try {
      await this.drained();
    } finally {
      this.#wake();
      await this.#file.close();
    }
  }

  async *read({ start = 0, follow, signal }: ReadOptions): AsyncGenerator<Uint8Array, void> {
    signal?.throwIfAborted();
    // Where it could not be written, what came before is worth reading; `end` says what is wrong.
    if (!follow) await this.#flushing;
    const file = await open(this.#path, 'r');
    try {
      for (let position = start; ; ) {
        const changed = this.#changed.promise;
        const ended = this.#hasEnded && this.#pendingBytes === 0;
        if (position < this.#writtenBytes) {
          const bytes = await this.#readAt(file, position);
          position += bytes.length;
          yield bytes;
        } else if (!follow || ended || this.#failure !== undefined) return;
        else await unlessAborted(changed, signal);
        signal?.throwIfAborted();
      }
    } finally {
      await file.close();
    }
  }

  async #readAt(file: FileHandle, position: number): Promise<Uint8Array> {
    const size = Math.min(READ_BYTES, this.#writtenBytes - position);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, position);
    if (bytesRead === 0) throw new Error(`the log file ${this.#path} is shorter than what was written to it`);
    return buffer.subarray(0, bytesRead);
  }

  /** Writes until nothing waits. Never rejects: what went wrong is kept, and told to who waits. */
  async #flush(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        const batch = this.#pending;
        const sizeBytes = this.#pendingBytes;
        this.#pending = [];
        const { bytesWritten } = await this.#file.writev(batch, this.#writtenBytes);
        // Only a disk that is full takes less than it is given.
        if (bytesWritten < sizeBytes)
          throw Object.assign(new Error('the disk took only a part of it: it is full'), { code: 'ENOSPC' });
        this.#writtenBytes += sizeBytes;
        this.#pendingBytes -= sizeBytes;
        this.#wake();
      }
    } catch (cause) {
      this.#failure = new Error(`the log could not be written to ${this.#path}`, { cause });
      this.#pending = [];
      this.#pendingBytes = 0;
      this.#wake();
    } finally {
      this.#flushing = undefined;
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

async function unlessAborted(event: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return await event;
  if (signal.aborted) return;
  const aborted = Promise.withResolvers<void>();
  const abort = (): void => aborted.resolve();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([event, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

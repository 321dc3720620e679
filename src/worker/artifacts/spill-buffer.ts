import { type FileHandle, open, rm } from 'node:fs/promises';

/** Keeps bytes in memory while they are few, else in a file, which goes when this is disposed. */
export class SpillBuffer implements AsyncDisposable {
  readonly #path: string;
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #file: FileHandle | undefined;
  #sizeBytes = 0;

  /** @param path - of a file that is not there */
  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Absent: they are in the file. May be read often. */
  get inMemory(): AsyncIterable<Uint8Array> | undefined {
    if (this.#file !== undefined) return undefined;
    const pieces = this.#pieces;
    return (async function* () {
      yield* pieces;
    })();
  }

  async add(bytes: Uint8Array): Promise<void> {
    this.#sizeBytes += bytes.length;
    if (this.#sizeBytes <= this.#maxBytes) {
      this.#pieces.push(Buffer.from(bytes)); // a copy: who gave it may use its memory again
      return;
    }
    this.#file ??= await open(this.#path, 'wx', 0o600);
    for (const piece of [...this.#pieces, bytes]) await this.#file.appendFile(piece);
    this.#pieces = [];
  }

  /** No more comes: the file can be read. */
  async close(): Promise<void> {
    await this.#file?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pieces = [];
    if (this.#file === undefined) return;
    await this.#file.close();
    await rm(this.#path, { force: true });
  }
}

const LIMIT_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** The end of what a container printed. */
export class LogTail {
  readonly #pieces: Buffer[] = [];
  #sizeBytes = 0;

  append(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#sizeBytes += bytes.length;
    while (this.#sizeBytes > LIMIT_BYTES) this.#sizeBytes -= this.#pieces.shift()?.length ?? this.#sizeBytes;
  }

  lines(count: number): Buffer {
    const all = Buffer.concat(this.#pieces);
    let start = all.length;
    for (let left = count; left > 0 && start > 0; left -= 1) {
      start = start === 1 ? 0 : all.lastIndexOf(NEWLINE, start - 2) + 1;
    }
    return all.subarray(start);
  }
}

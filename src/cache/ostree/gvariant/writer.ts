import { widthFor } from './framing.ts';

const FIRST_BYTES = 256;

/** Grows while a value is written to it. Every container starts at a multiple of its alignment, so paddings count from the start. */
export class Writer {
  #buffer = Buffer.alloc(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  pad(alignment: number): void {
    const target = Math.ceil(this.#length / alignment) * alignment;
    this.#reserve(target - this.#length);
    this.#length = target; // the memory is zero already
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  text(value: string): void {
    this.#reserve(value.length * 3); // no UTF-16 unit takes more in UTF-8
    this.#length += this.#buffer.write(value, this.#length, 'utf8');
  }

  /** Room for a number of that many bytes: the memory, and where it starts. */
  number(sizeBytes: number): { readonly buffer: Buffer; readonly at: number } {
    this.#reserve(sizeBytes);
    const at = this.#length;
    this.#length += sizeBytes;
    return { buffer: this.#buffer, at };
  }

  /** Puts a number where bytes were written before. */
  patchUInt64BE(at: number, value: number): void {
    this.#buffer.writeBigUInt64BE(BigInt(value), at);
  }

  /** The framing offsets that end a container which began at `start`. */
  offsets(start: number, ends: readonly number[]): void {
    const width = widthFor(this.#length - start, ends.length);
    this.#reserve(width * ends.length);
    for (const end of ends) {
      // Offsets of 8 bytes would be needed beyond 4 GiB, which no buffer here comes near.
      this.#buffer.writeUIntLE(end, this.#length, Math.min(width, 4));
      this.#length += width;
    }
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.alloc(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

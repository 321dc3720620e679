import { require } from './decoding.ts';
import { decodeStoredHeader, PREFIX_BYTES, storedHeaderBytes } from './file-header.ts';
import type { FileHeader } from './objects.ts';

/** Collects the head of a file object from pieces of any size, and leaves what comes behind it. */
export class StoredHead {
  #bytes = Buffer.alloc(PREFIX_BYTES);
  #filled = 0;
  #hasPrefix = false;

  /** What of a piece is behind the head; `undefined` while the head is not whole. Throws `CORRUPT_OBJECT`, `TOO_LARGE`. */
  take(piece: Uint8Array): Uint8Array | undefined {
    const rest = this.#fill(piece);
    if (this.#filled < this.#bytes.length) return undefined;
    if (this.#hasPrefix) return rest;
    this.#bytes = Buffer.alloc(storedHeaderBytes(this.#bytes));
    this.#filled = 0;
    this.#hasPrefix = true;
    return this.take(rest);
  }

  /** Throws `CORRUPT_OBJECT` also where the object ended before its header. */
  decode(): FileHeader {
    require(this.#hasPrefix &&
      this.#filled === this.#bytes.length, 'file object', 'it ends inside of its header');
    return decodeStoredHeader(this.#bytes);
  }

  #fill(piece: Uint8Array): Uint8Array {
    const taken = piece.subarray(0, this.#bytes.length - this.#filled);
    this.#bytes.set(taken, this.#filled);
    this.#filled += taken.length;
    return piece.subarray(taken.length);
  }
}

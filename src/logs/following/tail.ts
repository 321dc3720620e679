/** The newest bytes of a log, for those who follow it closely: they need not be read again. */
export class Tail {
  readonly #maxBytes: number;
  #pieces: { readonly start: number; readonly bytes: Uint8Array }[] = [];
  #heldBytes = 0;
  #joined: { readonly start: number; readonly end: number; readonly bytes: Uint8Array } | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The bytes that follow those before; a copy is kept. What does not follow them begins anew. */
  add(start: number, bytes: Uint8Array): void {
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.start + last.bytes.length !== start) this.clear();
    if (bytes.length === 0 || bytes.length > this.#maxBytes) {
      if (bytes.length > 0) this.clear();
      return;
    }
    this.#pieces.push({ start, bytes: Buffer.from(bytes) });
    this.#heldBytes += bytes.length;
    let dropped = 0;
    while (this.#heldBytes > this.#maxBytes) {
      this.#heldBytes -= this.#pieces[dropped]?.bytes.length ?? 0;
      dropped += 1;
    }
    if (dropped > 0) this.#pieces.splice(0, dropped);
  }

  /** All of what is kept between two places, in one chunk; `undefined` where it begins before what is kept. */
  slice(start: number, end: number): Uint8Array | undefined {
    const first = this.#pieces[0];
    if (first === undefined || start < first.start) return undefined;
    // Followers go on together: what was joined for one of them is what the next one asks for.
    if (this.#joined?.start === start && this.#joined.end === end) return this.#joined.bytes;
    const found: Uint8Array[] = [];
    for (let i = this.#pieces.length - 1; i >= 0; i -= 1) {
      const piece = this.#pieces[i];
      if (piece === undefined || piece.start + piece.bytes.length <= start) break;
      if (piece.start < end)
        found.push(piece.bytes.subarray(Math.max(0, start - piece.start), end - piece.start));
    }
    const [only] = found;
    if (only === undefined) return undefined;
    const bytes = found.length === 1 ? only : Buffer.concat(found.reverse());
    this.#joined = { start, end, bytes };
    return bytes;
  }

  clear(): void {
    this.#pieces = [];
    this.#heldBytes = 0;
    this.#joined = undefined;
  }
}

/** The bytes in chunks of a size, all of them in the same memory: the next one takes the place of the one before. */
export async function* borrowed(
  bytes: Uint8Array,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const memory = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    memory.fill(0xee);
    memory.set(piece);
    yield memory.subarray(0, piece.length);
  }
  memory.fill(0xee);
}

const GATHERED_BYTES = 512 * 1024; // each piece costs a turn to a thread that writes: few of them, and little to wait for at an abort

/**
 * The same bytes in larger pieces, copied out of what is borrowed. A piece stays as it is until the next but one is asked
 * for, so that one can be written while the next one comes.
 */
export async function* gather(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let other: Buffer | undefined;
  let memory: Buffer = Buffer.allocUnsafeSlow(GATHERED_BYTES);
  let used = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + memory.length - used);
      memory.set(piece, used);
      at += piece.length;
      used += piece.length;
      if (used < memory.length) continue;
      yield memory;
      [memory, other] = [other ?? Buffer.allocUnsafeSlow(GATHERED_BYTES), memory];
      used = 0;
    }
  }
  if (used > 0) yield memory.subarray(0, used);
}

const LARGE_BYTES = 64 * 1024;
const GATHERED_BYTES = 256 * 1024;

/** The same bytes with small chunks put together, since each chunk costs a turn to a thread that writes. Borrowed, as the chunks are. */
export async function* gather(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let memory: Buffer | undefined;
  let used = 0;
  for await (const chunk of chunks) {
    const isLarge = chunk.length >= LARGE_BYTES;
    if (memory !== undefined && used > 0 && (isLarge || used + chunk.length > memory.length)) {
      yield memory.subarray(0, used);
      used = 0;
    }
    if (isLarge) {
      yield chunk;
      continue;
    }
    memory ??= Buffer.allocUnsafeSlow(GATHERED_BYTES);
    memory.set(chunk, used);
    used += chunk.length;
  }
  if (memory !== undefined && used > 0) yield memory.subarray(0, used);
}

// Headers and small files go out together; what is larger than half of it goes out as it is.
const GATHER_BYTES = 128 * 1024;

/**
 * The same bytes in fewer chunks. Those that come in may be borrowed, and those that come out are: one is valid until the
 * next one is asked for.
 */
export async function* gatherChunks(
  chunks: AsyncIterable<Uint8Array>,
  expectedBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const memory = Buffer.allocUnsafeSlow(Math.min(GATHER_BYTES, expectedBytes));
  let used = 0;
  for await (const chunk of chunks) {
    const isLarge = chunk.length >= GATHER_BYTES / 2;
    if (used > 0 && (isLarge || used + chunk.length > memory.length)) {
      yield memory.subarray(0, used);
      used = 0;
    }
    if (isLarge || chunk.length > memory.length) {
      yield chunk;
      continue;
    }
    memory.set(chunk, used);
    used += chunk.length;
  }
  if (used > 0) yield memory.subarray(0, used);
}

import type { ByteRange } from '../../store/index.ts';

/** A place in a stream of chunks that goes forward only. */
export interface ChunkCursor extends AsyncDisposable {
  /**
   * The bytes of a range that begins at the cursor or after it, without copying. Throws what `endedEarly` makes, which is
   * told where the stream ended.
   */
  take(range: ByteRange, endedEarly: (at: number) => Error): AsyncGenerator<Uint8Array, void, undefined>;
}

/** A cursor over something open whose first byte is at `start`. Without one it has no bytes. */
export function chunkCursor(start = 0, content?: AsyncIterable<Uint8Array> & AsyncDisposable): ChunkCursor {
  const chunks = content?.[Symbol.asyncIterator]();
  let at = start;
  let chunk: Uint8Array = Buffer.alloc(0);
  return {
    async *take(range, endedEarly) {
      while (at < range.end) {
        if (chunk.length === 0) {
          const next = await chunks?.next();
          if (next === undefined || next.done) throw endedEarly(at);
          chunk = next.value;
          continue;
        }
        const from = Math.min(Math.max(range.start - at, 0), chunk.length);
        const to = Math.min(range.end - at, chunk.length);
        const wanted = chunk.subarray(from, to);
        chunk = chunk.subarray(to);
        at += to;
        if (wanted.length > 0) yield wanted;
      }
    },
    async [Symbol.asyncDispose]() {
      await chunks?.return?.();
      await content?.[Symbol.asyncDispose]();
    },
  };
}

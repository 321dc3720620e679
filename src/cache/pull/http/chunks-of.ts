import type { Readable } from 'node:stream';

/** What is held of what came at most, while it is not asked for. */
const HELD_BYTES = 256 * 1024;

/** What a stream gives, chunk by chunk as it comes: its own iterator copies what came together, and takes three times as long. */
export async function* chunksOf(stream: Readable): AsyncGenerator<Buffer, void, undefined> {
  const chunks: Buffer[] = [];
  let heldBytes = 0;
  let end: { readonly error?: unknown } | undefined;
  let { promise, resolve } = Promise.withResolvers<void>();
  const over = (error?: unknown): void => {
    end ??= error === undefined ? {} : { error };
    resolve();
  };
  const take = (chunk: Buffer): void => {
    chunks.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes > HELD_BYTES) stream.pause();
    resolve();
  };
  const closed = (): void => over(new Error('it was closed'));
  stream.on('data', take).on('end', over).on('error', over).on('close', closed);
  try {
    for (;;) {
      for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
        heldBytes -= chunk.length;
        yield chunk;
      }
      if (end?.error !== undefined) throw end.error;
      if (end !== undefined) return;
      ({ promise, resolve } = Promise.withResolvers<void>());
      stream.resume();
      await promise;
    }
  } finally {
    stream.off('data', take).off('end', over).off('close', closed);
  }
}

import { createByteReader } from './byte-reader.ts';
import { cutOff, readEntry } from './tar-read.ts';

/**
 * The content of the first entry of a tar, at most `maxBytes` of it; `undefined` when it is no file, or there is none.
 * The stream is closed, not read to its end. Throws `CORRUPT`.
 */
export async function readFileFromTar(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  const reader = createByteReader(iterator, { maxBytes: Number.POSITIVE_INFINITY });
  try {
    const entry = await readEntry(reader, { global: new Map(), sawGlobal: false });
    if (entry?.kind !== 'file') return undefined;
    const size = Math.min(entry.sizeBytes, maxBytes);
    if (!(await reader.fill(size))) throw cutOff();
    return Buffer.from(reader.take(size));
  } finally {
    await iterator.return?.();
  }
}

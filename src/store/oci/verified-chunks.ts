import { createHash } from 'node:crypto';
import { StoreError } from '../error.ts';
import type { ByteRange, StoredObject } from '../store.ts';

/**
 * The same chunks. Where they are all of an object whose digest is known, the last one is only given when all of them are
 * that content: whoever takes bytes as they come is left with too few, and not with wrong ones. Throws `DIGEST_MISMATCH`.
 */
export async function* verifiedChunks(
  chunks: AsyncIterable<Uint8Array>,
  { sizeBytes, sha256 }: StoredObject,
  range: ByteRange,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const isWhole = range.start === 0 && range.end === sizeBytes;
  if (sha256 === undefined || !isWhole) return yield* chunks;
  const hash = createHash('sha256');
  let readBytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    readBytes += chunk.byteLength;
    const found: string = readBytes === sizeBytes ? hash.digest('hex') : sha256;
    if (found !== sha256)
      throw new StoreError('DIGEST_MISMATCH', `${what}: expected SHA-256 ${sha256}, found ${found}`);
    yield chunk;
  }
}

import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ArchiveError, errorCode } from './error.ts';

// Node's 16 KiB would mean four turns through the thread pool for what one can do.
const CHUNK_BYTES = 128 * 1024;

/** The content of a gzip stream. Throws `CORRUPT` when it is none, is damaged, or is cut off. */
export async function* gunzip(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  const unzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // Its failures also come out of `unzip` itself, below.
  const feeding = pipeline(stream, unzip).catch(() => undefined);
  try {
    yield* unzip;
  } catch (cause) {
    if (!errorCode(cause)?.startsWith('Z_')) throw cause;
    throw new ArchiveError('CORRUPT', 'The archive is no complete gzip file', { cause });
  } finally {
    unzip.destroy();
    await feeding;
  }
}

import type { FileHandle } from 'node:fs/promises';
import type { ByteRange } from '../store.ts';

/**
 * The bytes of a range of an open file, in borrowed chunks: while one is written out the next one is read into other
 * memory. The handle stays open. Throws `TRUNCATED` where the file ends before the range does, and `signal.reason`.
 */
export function fileChunks(
  _file: FileHandle,
  _range: ByteRange,
  _signal?: AbortSignal,
): AsyncIterable<Uint8Array> {
  throw new Error('not there yet');
}

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errorCode, NO_FILE } from './file-trouble.ts';

/**
 * Up to here a file is read at once where somebody waits for it: opening, looking, reading and closing take 15 µs where the
 * system has it in memory, and five times that when the pool of threads is asked each time.
 */
const SMALL_BYTES = 128 * 1024;

/** Nothing is waited for, and no link is followed. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** All of a small file; `large` where it is none, and `undefined` where no file is there. */
export function readSmall(path: string): Buffer | 'large' | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, READ_FLAGS);
  } catch (error) {
    if (NO_FILE.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return undefined;
    return stats.size > SMALL_BYTES ? 'large' : readBytes(descriptor, stats.size);
  } finally {
    closeSync(descriptor);
  }
}

/** What became shorter meanwhile does not have its digest any more. */
function readBytes(descriptor: number, sizeBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  let at = 0;
  for (let count = -1; at < sizeBytes && count !== 0; at += count)
    count = readSync(descriptor, bytes, at, sizeBytes - at, at);
  return bytes.subarray(0, at);
}

import { statfs } from 'node:fs/promises';
import { CacheError } from '../error.ts';
import { PRUNE_HINT } from './file-trouble.ts';

/** Room on the disk that the objects of one staging share. */
export interface Room {
  /** Sets room aside before any of it is written. Throws `NO_SPACE`. */
  reserve(sizeBytes: number): Promise<Disposable>;
}

/** How much may be written between two looks at the disk; others write to it as well. */
const LOOK_BYTES = 16 * 1024 * 1024;

/** Watches a disk, of which some room is to stay free. */
export function createRoom(folder: string, keepFreeBytes: number): Room {
  let reserved = 0;
  let knownFree = 0;
  let untilLook = 0;
  return {
    async reserve(sizeBytes) {
      untilLook -= sizeBytes;
      if (untilLook < 0 || sizeBytes > knownFree - reserved) {
        const { bavail, bsize } = await statfs(folder);
        knownFree = bavail * bsize - keepFreeBytes;
        untilLook = LOOK_BYTES;
      }
      if (sizeBytes > knownFree - reserved)
        throw noRoom(folder, { sizeBytes, free: knownFree - reserved, keepFreeBytes });
      reserved += sizeBytes;
      let isHeld = true;
      return {
        [Symbol.dispose]() {
          if (isHeld) reserved -= sizeBytes;
          if (isHeld) knownFree -= sizeBytes; // it was written, or the next look says otherwise
          isHeld = false;
        },
      };
    },
  };
}

interface Lack {
  readonly sizeBytes: number;
  readonly free: number;
  readonly keepFreeBytes: number;
}

function noRoom(folder: string, { sizeBytes, free, keepFreeBytes }: Lack): CacheError {
  const kept = keepFreeBytes > 0 ? `, with ${keepFreeBytes} to stay free` : '';
  return new CacheError(
    'NO_SPACE',
    `There is no room in ${folder}: ${sizeBytes} bytes are needed, ${Math.max(0, free)} are there${kept}`,
    { hint: PRUNE_HINT },
  );
}

import { statfs } from 'node:fs/promises';
import { StoreError } from '../error.ts';

/** Room on the disk that the puts of one store share. */
export interface Room {
  /** Sets room aside for a content whose size is known; for others it looks while they come. Throws `NO_SPACE`. */
  reserve(sizeBytes: number | undefined): Promise<Reservation>;
}

/** Room that was set aside; what of it is not used is given back at the end. */
export interface Reservation extends Disposable {
  /** So many bytes were written. Throws `NO_SPACE` where a content of unknown size comes to the end of the room. */
  use(bytes: number): Promise<void>;
}

// How often a content of unknown size looks how much is left: seldom enough not to show, often enough for what is kept free.
const LOOK_BYTES = 16 * 1024 * 1024;

export function createRoom(folder: string, keepFreeBytes: number): Room {
  let reserved = 0;
  const require = async (sizeBytes: number): Promise<void> => {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize - reserved - keepFreeBytes;
    if (sizeBytes <= free) return;
    const kept = keepFreeBytes > 0 ? `, with ${keepFreeBytes} to stay free` : '';
    const message = `There is no room in the folder ${folder}: ${sizeBytes} bytes are needed, ${Math.max(0, free)} are there${kept}`;
    throw new StoreError('NO_SPACE', message);
  };
  return {
    async reserve(sizeBytes) {
      await require(sizeBytes ?? 0);
      let left = sizeBytes ?? 0;
      reserved += left;
      let untilLook = LOOK_BYTES;
      return {
        async use(bytes) {
          const taken = Math.min(left, bytes);
          left -= taken;
          reserved -= taken;
          if (sizeBytes !== undefined) return;
          untilLook -= bytes;
          if (untilLook > 0) return;
          untilLook = LOOK_BYTES;
          await require(0);
        },
        [Symbol.dispose]() {
          reserved -= left;
          left = 0;
        },
      };
    },
  };
}

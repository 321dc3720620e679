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

/** How many bytes a disk has left. */
async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

export function createRoom(folder: string, keepFreeBytes: number, freeBytes = freeBytesOf): Room {
  let reserved = 0;
  let used = 0; // of all reservations so far
  /** Looks, and sets aside in the same moment: who looks next sees it. */
  const take = async (sizeBytes: number): Promise<void> => {
    const usedBefore = used;
    const found = await freeBytes(folder);
    // What others wrote since the disk was looked at may be missing there: it counts as if it were still to come.
    const free = found - reserved - (used - usedBefore) - keepFreeBytes;
    if (sizeBytes > free) throw noSpace(folder, { sizeBytes, free, keepFreeBytes });
    reserved += sizeBytes;
  };
  return {
    async reserve(sizeBytes) {
      let left = sizeBytes ?? 0;
      await take(left);
      let untilLook = LOOK_BYTES;
      return {
        async use(bytes) {
          const taken = Math.min(left, bytes);
          left -= taken;
          reserved -= taken;
          used += taken;
          if (sizeBytes !== undefined) return;
          untilLook -= bytes;
          if (untilLook > 0) return;
          untilLook = LOOK_BYTES;
          await take(0);
        },
        [Symbol.dispose]() {
          reserved -= left;
          left = 0;
        },
      };
    },
  };
}

function noSpace(
  folder: string,
  {
    sizeBytes,
    free,
    keepFreeBytes,
  }: { readonly sizeBytes: number; readonly free: number; readonly keepFreeBytes: number },
): StoreError {
  const kept = keepFreeBytes > 0 ? `, with ${keepFreeBytes} to stay free` : '';
  const message = `There is no room in the folder ${folder}: ${sizeBytes} bytes are needed, ${Math.max(0, free)} are there${kept}`;
  return new StoreError('NO_SPACE', message);
}

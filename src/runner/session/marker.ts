/**
 * Finds a mark in a stream of output, wherever it is cut. While no mark is expected every byte passes at once; while
 * one is, only bytes that could be its beginning are held back.
 */
export interface MarkerFinder {
  /** From now on look for this text; one at a time. */
  expect(mark: string): void;
  /** Splits the bytes: what came before the mark (all of it, where it has not come), and what came after. */
  take(bytes: Buffer): { readonly before: Buffer; readonly found: boolean; readonly after: Buffer };
  /** Gives up on the mark and hands back what was held. */
  abandon(): Buffer;
}

const NOTHING = Buffer.alloc(0);

/** How many bytes at the end of `bytes` are a beginning of `mark`. */
function partialTail(bytes: Buffer, mark: Buffer): number {
  for (let size = Math.min(mark.length - 1, bytes.length); size > 0; size -= 1) {
    if (bytes[bytes.length - size] !== mark[0]) continue; // comparing costs more than all the rest of a small piece
    if (bytes.subarray(bytes.length - size).equals(mark.subarray(0, size))) return size;
  }
  return 0;
}

export function createMarkerFinder(): MarkerFinder {
  let mark: Buffer | undefined;
  let held = NOTHING;

  return {
    expect(text) {
      mark = Buffer.from(text);
    },
    take(bytes) {
      if (mark === undefined) return { before: bytes, found: false, after: NOTHING };
      const all = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      const at = all.indexOf(mark);
      if (at >= 0) {
        const after = all.subarray(at + mark.length);
        mark = undefined;
        held = NOTHING;
        return { before: all.subarray(0, at), found: true, after };
      }
      const keep = partialTail(all, mark);
      held = Buffer.from(all.subarray(all.length - keep));
      return { before: all.subarray(0, all.length - keep), found: false, after: NOTHING };
    },
    abandon() {
      const bytes = held;
      mark = undefined;
      held = NOTHING;
      return bytes;
    },
  };
}

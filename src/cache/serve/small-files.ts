import { lstatSync, type Stats } from 'node:fs';

/** A small file in one state of it. */
export interface SmallFile {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/**
 * What was read of small files, so that those that a crowd asks for are read once. What was used longest ago goes first.
 */
export interface SmallFiles {
  /** The file as it is now, where it was kept in this state. */
  get(path: string): SmallFile | undefined;
  keep(path: string, file: SmallFile): void;
}

// What is replaced twice within a tick of the kernel's clock may look the same; the rest is for clocks that differ.
const FRESH_MS = 1000;

const isSame = (a: Stats, b: Stats): boolean =>
  a.ino === b.ino &&
  a.ctimeMs === b.ctimeMs &&
  a.size === b.size &&
  a.mtimeMs === b.mtimeMs &&
  a.dev === b.dev;

/** Makes one that holds at most so many bytes. `now`: milliseconds since the epoch, as the file system counts them. */
export function createSmallFiles({ maxBytes, now }: { maxBytes: number; now: () => number }): SmallFiles {
  // A Map keeps the order in which keys came: the first one was used longest ago.
  const kept = new Map<string, SmallFile>();
  let heldBytes = 0;
  const forget = (path: string, { bytes }: SmallFile): void => {
    if (kept.delete(path)) heldBytes -= bytes.length;
  };
  return {
    get(path) {
      const file = kept.get(path);
      if (file === undefined) return undefined;
      // One call that the kernel answers from memory, since the file was used a moment ago: no thread is worth it.
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats === undefined || !isSame(stats, file.stats)) {
        forget(path, file);
        return undefined;
      }
      kept.delete(path);
      kept.set(path, file);
      return file;
    },
    keep(path, file) {
      if (now() - file.stats.ctimeMs < FRESH_MS) return;
      const before = kept.get(path);
      if (before !== undefined) forget(path, before);
      kept.set(path, file);
      heldBytes += file.bytes.length;
      for (const [oldest, old] of kept) {
        if (heldBytes <= maxBytes) return;
        forget(oldest, old);
      }
    },
  };
}

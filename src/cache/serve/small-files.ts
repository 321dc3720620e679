import { lstatSync, type Stats } from 'node:fs';

/** What tells one state of a file from another. */
export type FileState = Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs' | 'ctimeMs'>;

/** A small file in one state of it. */
export interface SmallFile {
  readonly bytes: Buffer;
  readonly stats: FileState;
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

// Beside the content of each: its path, its numbers, the memory's own account of it; 100,000 of them measured in Node 24.
const ENTRY_BYTES = 1300;

const isSame = (a: FileState, b: FileState): boolean =>
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
    if (kept.delete(path)) heldBytes -= bytes.length + ENTRY_BYTES;
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
      const { dev, ino, size, mtimeMs, ctimeMs } = file.stats;
      kept.set(path, { bytes: file.bytes, stats: { dev, ino, size, mtimeMs, ctimeMs } });
      heldBytes += file.bytes.length + ENTRY_BYTES;
      for (const [oldest, old] of kept) {
        if (heldBytes <= maxBytes) return;
        forget(oldest, old);
      }
    },
  };
}

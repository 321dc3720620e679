import { type BigIntStats, closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { CacheError } from '../error.ts';
import { changed, shownPath, treeTrouble } from './tree-source.ts';

// Without waiting for the writer of a pipe that took the file's place.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/** A file that is open, and as it was when it was found. */
export interface SourceFile extends Disposable {
  readonly sizeBytes: number;
  /** So many bytes from there. Throws `BAD_TREE` where the file has fewer now. */
  read(at: number, length: number): Buffer;
  /** Throws `BAD_TREE` where the file is not what it was when it was found. */
  check(): void;
}

const isSame = (a: BigIntStats, b: BigIntStats): boolean =>
  a.ino === b.ino &&
  a.dev === b.dev &&
  a.mode === b.mode &&
  a.size === b.size &&
  a.mtimeNs === b.mtimeNs &&
  a.ctimeNs === b.ctimeNs;

function onFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException; // only functions of node:fs throw here
    if (code === 'ENOENT' || code === 'ELOOP') throw changed(path);
    throw treeTrouble(`read ${shownPath(path)}`, cause);
  }
}

/** Opens a regular file that was found a moment ago. Reads are synchronous: a block of the page cache costs less than a turn. */
export function openSourceFile(
  path: string,
  found: BigIntStats,
  { isFollowed = false }: { readonly isFollowed?: boolean } = {},
): SourceFile {
  // A link that took its place is not followed, but for a file that a person named.
  const descriptor = onFile(path, () => openSync(path, isFollowed ? FLAGS : FLAGS | constants.O_NOFOLLOW));
  const check = (): void => {
    if (
      !isSame(
        onFile(path, () => fstatSync(descriptor, { bigint: true })),
        found,
      )
    )
      throw changed(path);
  };
  const read = (at: number, length: number): Buffer => {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const count = onFile(path, () => readSync(descriptor, bytes, done, length - done, at + done));
      if (count === 0) throw changed(path);
      done += count;
    }
    return bytes;
  };
  return { sizeBytes: Number(found.size), read, check, [Symbol.dispose]: () => closeSync(descriptor) };
}

/** Where a link leads, as it is. Throws `BAD_TREE` where that is not UTF-8. */
export function readLinkTarget(path: string): string {
  const bytes = onFile(path, () => readlinkSync(path, { encoding: 'buffer' }));
  const target = bytes.toString();
  if (Buffer.compare(Buffer.from(target), bytes) === 0) return target;
  throw new CacheError('BAD_TREE', `${shownPath(path)} cannot be stored: where it leads is not UTF-8`);
}

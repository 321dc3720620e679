import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export interface FileDigest {
  /** In hex. */
  readonly sha256: string;
  readonly crc32: number;
}

/** Hashes the contents of files that come one after the other. */
export interface FileDigests {
  /** Takes bytes of a file, which may be borrowed. */
  add(bytes: Uint8Array): void;
  /** The file is over. Returns its number, from 0. */
  end(): number;
  /** Of each file, by its number. */
  readonly digests: readonly FileDigest[];
}

/**
 * Hashes where the bytes are read: to copy them for a thread, or for the pool of threads, took as long as to hash them
 * (`bench/storing.ts`).
 */
export function digestFiles(): FileDigests {
  const digests: FileDigest[] = [];
  let hash = createHash('sha256');
  let sum = 0;
  return {
    digests,
    add(bytes) {
      hash.update(bytes);
      sum = crc32(bytes, sum);
    },
    end() {
      digests.push({ sha256: hash.digest('hex'), crc32: sum });
      hash = createHash('sha256');
      sum = 0;
      return digests.length - 1;
    },
  };
}

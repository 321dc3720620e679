import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type HashThread, startHashThread } from './hash-thread.ts';

export interface FileDigest {
  /** In hex. */
  readonly sha256: string;
  readonly crc32: number;
}

/** Hashes the contents of files that come one after the other. Dispose it in any case. */
export interface FileDigests extends AsyncDisposable {
  /** Takes bytes of a file, which may be borrowed; wait for the promise before giving more. */
  add(bytes: Uint8Array): Promise<void> | undefined;
  /** The file is over. Returns its number, from 0. */
  end(): number;
  /** Of each file, by its number. */
  finish(): Promise<readonly FileDigest[]>;
}

// What is hashed here takes 1 ms for a megabyte, which is a third of all that storing it takes; the start of a thread takes 30.
const THREAD_FROM_BYTES = 4 * 1024 ** 2;

/** A thread of its own takes the hashing over when there turns out to be much of it. */
export function digestFiles(
  threadFromBytes: number = THREAD_FROM_BYTES,
  startThread: () => HashThread = startHashThread,
): FileDigests {
  const digests: FileDigest[] = [];
  let hash = createHash('sha256');
  let sum = 0;
  let bytesHere = 0;
  let starting: HashThread | undefined;
  let thread: HashThread | undefined; // once it runs: nobody waits for its start
  return {
    add(bytes) {
      if (thread !== undefined) return thread.add(bytes);
      bytesHere += bytes.length;
      hash.update(bytes);
      sum = crc32(bytes, sum);
      return undefined;
    },
    end() {
      if (thread !== undefined) return digests.length + thread.end();
      digests.push({ sha256: hash.digest('hex'), crc32: sum });
      hash = createHash('sha256');
      sum = 0;
      if (bytesHere >= threadFromBytes) starting ??= startThread();
      if (starting?.isRunning()) thread = starting;
      return digests.length - 1;
    },
    finish: async () => [...digests, ...((await thread?.finish()) ?? [])],
    [Symbol.asyncDispose]: async () => await starting?.[Symbol.asyncDispose](),
  };
}

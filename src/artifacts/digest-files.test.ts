import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestFiles, type FileDigest, type FileDigests } from './digest-files.ts';
import { type HashThread, startHashThread } from './hash-thread.ts';
import { borrowed } from './testing/borrowed.ts';

const digestOf = (bytes: Uint8Array): FileDigest => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  crc32: crc32(bytes),
});

async function digest(digests: FileDigests, files: readonly Uint8Array[]): Promise<readonly FileDigest[]> {
  await using closing = digests;
  for (const [i, file] of files.entries()) {
    for await (const piece of borrowed(file, 300_000)) await digests.add(piece);
    expect(digests.end()).toBe(i);
  }
  return await closing.finish();
}

/** A thread that runs only when two more files have gone by. */
function slowThread(): HashThread {
  let looks = 0;
  return {
    ...digestFiles(Infinity),
    isRunning: () => {
      looks += 1;
      return looks > 2;
    },
  };
}

describe('the digests of files', () => {
  it.each<[string, () => FileDigests]>([
    ['here', () => digestFiles(Infinity)],
    ['in a thread', () => startHashThread()],
    ['in a thread from when it runs', () => digestFiles(0, slowThread)],
  ])('are theirs when they are made %s', async (_, start) => {
    const sizes = fc.array(fc.oneof(fc.nat(5000), fc.constantFrom(0, 524_288, 1_300_000)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const files = lengths.map((length) => randomBytes(length));
        expect(await digest(start(), files)).toEqual(files.map(digestOf));
      }),
      { numRuns: 8 },
    );
  });

  it('are right for more than all the memory that the thread shares', async () => {
    const files = [randomBytes(10), randomBytes(9_000_000), Buffer.alloc(0), randomBytes(524_288)];
    expect(await digest(startHashThread(), files)).toEqual(files.map(digestOf));
  });

  it('need not be waited for', async () => {
    const digests = startHashThread();
    await digests.add(randomBytes(1_000_000));
    await digests[Symbol.asyncDispose]();
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestFiles, type FileDigest } from './digest-files.ts';
import { borrowed } from './testing/borrowed.ts';

const digestOf = (bytes: Uint8Array): FileDigest => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  crc32: crc32(bytes),
});

async function digest(files: readonly Uint8Array[], threadFromBytes: number): Promise<readonly FileDigest[]> {
  await using digests = digestFiles(threadFromBytes);
  for (const [i, file] of files.entries()) {
    for await (const piece of borrowed(file, 300_000)) await digests.add(piece);
    expect(digests.end()).toBe(i);
  }
  return await digests.finish();
}

describe('the digests of files', () => {
  it.each([
    ['here', Infinity],
    ['in a thread from the first file on', 0],
    ['in a thread when there turns out to be much', 3000],
  ])('are theirs when they are made %s', async (_, from) => {
    const sizes = fc.array(fc.oneof(fc.nat(5000), fc.constantFrom(0, 524_288, 1_300_000)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const files = lengths.map((length) => randomBytes(length));
        expect(await digest(files, from)).toEqual(files.map(digestOf));
      }),
      { numRuns: 8 },
    );
  });

  it('are right for more than all the memory that the thread shares', async () => {
    const files = [randomBytes(10), randomBytes(9_000_000), Buffer.alloc(0), randomBytes(524_288)];
    expect(await digest(files, 0)).toEqual(files.map(digestOf));
  });

  it('need not be waited for', async () => {
    const digests = digestFiles(0);
    digests.end();
    await digests.add(randomBytes(1_000_000));
    await digests[Symbol.asyncDispose]();
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestFiles } from './digest-files.ts';
import { borrowed } from './testing/borrowed.ts';

describe('the digests of files', () => {
  it('are those of each of them', async () => {
    const sizes = fc.array(fc.oneof(fc.nat(5000), fc.constantFrom(0, 1_300_000)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const files = lengths.map((length) => randomBytes(length));
        const made = digestFiles();
        for (const [i, file] of files.entries()) {
          for await (const piece of borrowed(file, 300_000)) made.add(piece);
          expect(made.end()).toBe(i);
        }
        const digestOf = (bytes: Uint8Array) => ({
          sha256: createHash('sha256').update(bytes).digest('hex'),
          crc32: crc32(bytes),
        });
        expect(made.digests).toEqual(files.map(digestOf));
      }),
      { numRuns: 8 },
    );
  });
});

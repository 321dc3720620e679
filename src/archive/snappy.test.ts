import fc from 'fast-check';
import { expect, test } from 'vitest';
import { snappyFrames } from './snappy.ts';
import { unsnappy } from './testing/unsnappy.ts';

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function compress(bytes: Buffer, size = 10_000): Promise<Buffer> {
  const frames: Buffer[] = [];
  for await (const frame of snappyFrames(pieces(bytes, size))) frames.push(frame);
  return Buffer.concat(frames);
}

test('what is compressed comes out as it went in', async () => {
  const word = fc.constantFrom('a', 'ab', 'slipway', '\0\0\0\0', 'the quick brown fox ');
  const text = fc.array(fc.tuple(word, fc.nat(40)), { maxLength: 200 });
  const noise = fc.uint8Array({ maxLength: 3000 });
  await fc.assert(
    fc.asyncProperty(text, noise, fc.integer({ min: 1, max: 5000 }), async (words, random, size) => {
      const repeated = words.map(([part, count]) => part.repeat(count)).join('');
      const bytes = Buffer.concat([Buffer.from(repeated), random, Buffer.from(repeated)]);
      expect(unsnappy(await compress(bytes, size)).equals(bytes)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('is cut into blocks, and much smaller where it repeats itself', async () => {
  const bytes = Buffer.alloc(300_000, 'once more ');
  const frames = await compress(bytes, 1_000_000);
  expect(unsnappy(frames).equals(bytes)).toBe(true);
  expect(frames.length).toBeLessThan(20_000);
});

test('has the checksums that the format wants', async () => {
  // CRC-32C of 32 zero bytes is 0x8a9136aa (RFC 3720, B.4); turned by 15 bits and moved by 0xa282ead8.
  const frames = await compress(Buffer.alloc(32));
  const crc = 0x8a9136aa;
  expect(frames.readUInt32LE(14)).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  expect(await compress(Buffer.alloc(0))).toHaveLength(10);
});

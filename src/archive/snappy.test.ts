import fc from 'fast-check';
import { expect, test } from 'vitest';
import { snappyFrames } from './snappy.ts';

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function compress(bytes: Buffer, size = 10_000): Promise<Buffer> {
  const frames: Buffer[] = [];
  for await (const frame of snappyFrames(pieces(bytes, size))) frames.push(frame);
  return Buffer.concat(frames);
}

/** Reads the format as its description has it; the checksums are compared with known ones below. */
function decompress(frames: Buffer): Buffer {
  expect(frames.subarray(0, 10).toString('latin1')).toBe('\u00ff\u0006\0\0sNaPpY');
  const blocks: Buffer[] = [];
  for (let at = 10; at < frames.length; ) {
    const length = frames.readUIntLE(at + 1, 3);
    const content = frames.subarray(at + 8, at + 4 + length);
    blocks.push(frames[at] === 0 ? readBlock(content) : content);
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

function readBlock(block: Buffer): Buffer {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7, at += 1) {
    length |= ((block[at] ?? 0) & 0x7f) << shift;
    if ((block[at] ?? 0) < 0x80) break;
  }
  at += 1;
  const output: number[] = [];
  while (at < block.length) {
    const tag = block[at] ?? 0;
    at += 1;
    if ((tag & 3) === 0) {
      const extra = Math.max(0, (tag >> 2) - 59);
      const count = (extra === 0 ? tag >> 2 : block.readUIntLE(at, extra)) + 1;
      at += extra;
      output.push(...block.subarray(at, at + count));
      at += count;
    } else {
      const short = (tag & 3) === 1;
      const count = short ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
      const offset = short ? ((tag >> 5) << 8) | (block[at] ?? 0) : block.readUInt16LE(at);
      at += short ? 1 : 2;
      for (let i = 0; i < count; i += 1) output.push(output[output.length - offset] ?? -1);
    }
  }
  expect(output).toHaveLength(length);
  return Buffer.from(output);
}

test('what is compressed comes out as it went in', async () => {
  const word = fc.constantFrom('a', 'ab', 'slipway', '\0\0\0\0', 'the quick brown fox ');
  const text = fc.array(fc.tuple(word, fc.nat(40)), { maxLength: 200 });
  const noise = fc.uint8Array({ maxLength: 3000 });
  await fc.assert(
    fc.asyncProperty(text, noise, fc.integer({ min: 1, max: 5000 }), async (words, random, size) => {
      const repeated = words.map(([part, count]) => part.repeat(count)).join('');
      const bytes = Buffer.concat([Buffer.from(repeated), random, Buffer.from(repeated)]);
      expect(decompress(await compress(bytes, size)).equals(bytes)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('is cut into blocks, and much smaller where it repeats itself', async () => {
  const bytes = Buffer.alloc(300_000, 'once more ');
  const frames = await compress(bytes, 1_000_000);
  expect(decompress(frames).equals(bytes)).toBe(true);
  expect(frames.length).toBeLessThan(20_000);
});

test('has the checksums that the format wants', async () => {
  // CRC-32C of 32 zero bytes is 0x8a9136aa (RFC 3720, B.4); turned by 15 bits and moved by 0xa282ead8.
  const frames = await compress(Buffer.alloc(32));
  const crc = 0x8a9136aa;
  expect(frames.readUInt32LE(14)).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  expect(await compress(Buffer.alloc(0))).toHaveLength(10);
});

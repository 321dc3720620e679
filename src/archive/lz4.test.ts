import { describe, expect, it } from 'vitest';
import { unlz4 } from './lz4.ts';
import { LZ4_SAMPLES, lz4Text } from './testing/lz4-samples.ts';

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function decompress(bytes: Buffer, size = 1000): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(unlz4(pieces(bytes, size))));
}

const { linked } = LZ4_SAMPLES;

describe('a stream of LZ4 frames', () => {
  it.each(Object.entries(LZ4_SAMPLES))('with %s blocks gives what was compressed', async (_kind, bytes) => {
    expect((await decompress(bytes)).toString()).toBe(lz4Text());
    expect((await decompress(bytes, 1)).toString()).toBe(lz4Text());
  });

  it('may have several frames, and some to be skipped', async () => {
    const skipped = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const all = await decompress(Buffer.concat([skipped, linked, skipped, linked]));
    expect(all.toString()).toBe(lz4Text() + lz4Text());
  });

  it('is CORRUPT wherever it is cut off', async () => {
    for (let at = 0; at < linked.length; at += 13) {
      await expect(decompress(linked.subarray(0, at))).rejects.toMatchObject({ code: 'CORRUPT' });
    }
  });

  it('is CORRUPT or something else, but never reads or writes outside, whichever bit is wrong', async () => {
    for (let at = 0; at < linked.length; at += 3) {
      const wrong = Buffer.from(linked);
      wrong.writeUInt8(wrong.readUInt8(at) ^ (1 << (at % 8)), at);
      const result = await decompress(wrong, 4096).catch((error: unknown) => error);
      if (result instanceof Buffer) expect(result.length).toBeLessThan(16 * 1024 * 1024);
      else expect(result).toMatchObject({ code: 'CORRUPT' });
    }
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['plain text', Buffer.from('hello, I am no archive')],
    ['a match before the beginning', frame(Buffer.from([0x10, 0x41, 0x05, 0x00, 0x00]))],
    ['a match that comes from nowhere', frame(Buffer.from([0x10, 0x41, 0x00, 0x00, 0x00]))],
    ['more literals than there are', frame(Buffer.from([0xf0, 0xff, 0xff]))],
    ['a block larger than it may be', frame(Buffer.alloc(70_000))],
  ])('is CORRUPT with %s', async (_what, bytes) => {
    await expect(decompress(bytes)).rejects.toMatchObject({ code: 'CORRUPT' });
  });
});

/** One block in a frame whose blocks have at most 64 KiB. */
function frame(block: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(block.length);
  return Buffer.concat([
    Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0]),
    size,
    block,
    Buffer.alloc(4),
  ]);
}

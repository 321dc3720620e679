import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { deflateWhole } from './deflate.ts';
import { inflateWhole } from './inflater.ts';
import { storedContent } from './stored-blocks.ts';

/** Bytes that do not become smaller, the same in every run. */
function noise(length: number): Buffer {
  let state = 0x2545f491;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    }),
  );
}

const join = (payload: Buffer): Buffer | undefined => {
  const blocks = storedContent(payload);
  return blocks && Buffer.concat(blocks);
};

describe('content that is not compressed', () => {
  it.each([0, 1, 65_535, 65_536, 200_000])('of %i bytes is found where zlib finds it', (length) => {
    const content = noise(length);
    const payload = deflateRawSync(content, { level: 0 });
    expect(join(payload)).toEqual(content);
    expect(inflateWhole(payload, length)).toEqual(content);
  });

  it('is found as Slipway stores it', async () => {
    const content = noise(100_000);
    expect(join(Buffer.from(await deflateWhole(content)))).toEqual(content);
  });

  it('is left to zlib where a part of it is compressed, cut or wrong', () => {
    const payload = deflateRawSync(noise(70_000), { level: 0 });
    const wrongLength = Buffer.from(payload);
    wrongLength.writeUInt16LE(1, 3);
    const compressed = deflateRawSync(Buffer.alloc(1000));
    const others = [
      compressed,
      Buffer.concat([Buffer.from([0, 1, 0, 0xfe, 0xff, 7]), compressed]),
      payload.subarray(0, -1),
      payload.subarray(0, 3),
      Buffer.concat([payload, Buffer.alloc(1)]),
      wrongLength,
      Buffer.alloc(0),
    ];
    expect(others.map(join)).toEqual(others.map(() => undefined));
  });
});

import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineCrc32 } from './crc32-combine.ts';

describe('combineCrc32', () => {
  it('gives what the checksum of all bytes is, wherever they are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.nat(5000), (bytes, at) => {
        const [first, second] = [bytes.subarray(0, at), bytes.subarray(at)];
        expect(combineCrc32(crc32(first), crc32(second), second.length)).toBe(crc32(bytes));
      }),
    );
  });

  it('knows lengths beyond 32 bits: five GiB of zeroes in one step and in many', () => {
    const mebibyte = 1024 * 1024;
    const piece = crc32(Buffer.alloc(mebibyte));
    let expected = crc32('before');
    let zeroes = 0;
    for (let i = 0; i < 5 * 1024; i += 1) {
      expected = combineCrc32(expected, piece, mebibyte);
      zeroes = combineCrc32(zeroes, piece, mebibyte);
    }
    expect(combineCrc32(crc32('before'), zeroes, 5 * 1024 ** 3)).toBe(expected);
  });
});

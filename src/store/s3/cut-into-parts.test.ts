import { describe, expect, it } from 'vitest';
import { bytesOf, lend } from '../contract/content.ts';
import { cutIntoParts } from './cut-into-parts.ts';

const PART = 100_000;

async function partsOf(bytes: Buffer, chunkBytes: number): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const part of cutIntoParts(lend(bytes, chunkBytes), { partBytes: PART, spare: [] }))
    parts.push(part);
  return parts;
}

describe('a content that is cut into parts', () => {
  it.each([
    [0, [0]],
    [1, [1]],
    [PART - 1, [PART - 1]],
    [PART, [PART]],
    [PART + 1, [PART, 1]],
    [3 * PART, [PART, PART, PART]],
    [3 * PART + 7, [PART, PART, PART, 7]],
  ])('of %i bytes has parts of %j', async (sizeBytes, expected) => {
    const bytes = bytesOf(sizeBytes);
    for (const chunkBytes of [999, PART, 2 * PART + 3, 1_000_000]) {
      const parts = await partsOf(bytes, chunkBytes);
      expect(parts.map(({ length }) => length)).toEqual(expected);
      expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    }
  });

  it('fills memory again that is spare', async () => {
    const spare: Uint8Array[] = [];
    const seen = new Set<ArrayBufferLike>();
    const found: Buffer[] = [];
    for await (const part of cutIntoParts(lend(bytesOf(10 * PART + 5), 999), { partBytes: PART, spare })) {
      seen.add(part.buffer);
      found.push(Buffer.from(part));
      if (part.length === PART) spare.push(part);
    }
    expect(Buffer.concat(found).equals(bytesOf(10 * PART + 5))).toBe(true);
    expect(seen.size).toBe(1);
  });

  it('takes little memory where it is small', async () => {
    const [part] = await partsOf(bytesOf(10), 10);
    expect(part?.buffer.byteLength).toBeLessThan(PART);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addRange, countBytes, missingPieces } from './intervals.ts';

const range = fc.tuple(fc.nat(60), fc.nat(20)).map(([start, size]) => ({ start, end: start + size }));

/** Which bytes are in ranges. */
const bytesIn = (ranges: readonly { readonly start: number; readonly end: number }[]): Set<number> =>
  new Set(ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)));

describe('ranges that are there', () => {
  it('hold what was added, in order and without touching each other', () => {
    fc.assert(
      fc.property(fc.array(range), (added) => {
        const ranges = added.reduce<readonly { start: number; end: number }[]>(addRange, []);
        expect(bytesIn(ranges)).toEqual(bytesIn(added));
        expect(countBytes(ranges)).toBe(bytesIn(added).size);
        for (const [i, { start, end }] of ranges.entries()) {
          expect(start).toBeLessThan(end);
          expect(start).toBeGreaterThan(ranges[i - 1]?.end ?? -1);
        }
      }),
    );
  });

  it('leave the rest, in pieces that are not too long', () => {
    fc.assert(
      fc.property(fc.array(range), fc.integer({ min: 1, max: 30 }), (added, pieceBytes) => {
        const done = added.reduce<readonly { start: number; end: number }[]>(addRange, []);
        const pieces = missingPieces(done, 80, pieceBytes);
        for (const { start, end } of pieces) expect(end - start).toBeLessThanOrEqual(pieceBytes);
        expect(countBytes(pieces) + countBytes(done)).toBe(80);
        expect(bytesIn([...pieces, ...done]).size).toBe(80);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf, type Span, timeScaleOf } from './time-scale.ts';

const spans = fc.array(
  fc
    .record({ start: fc.nat(1e9), length: fc.nat(1e9), isOpen: fc.boolean() })
    .map(({ start, length, isOpen }): Span => (isOpen ? { start } : { start, end: start + length })),
  { maxLength: 20 },
);

describe('the scale of a timeline', () => {
  it('has room for all, and few lines', () => {
    fc.assert(
      fc.property(spans, (all) => {
        const now = 2_100_000_000;
        const scale = timeScaleOf(all, now);
        expect(scale.ticks.length).toBeLessThanOrEqual(6);
        for (const span of all) {
          const { left, width } = placeOf(span, scale, now);
          expect(left).toBeGreaterThanOrEqual(0);
          expect(width).toBeGreaterThanOrEqual(0);
          expect(left + width).toBeLessThanOrEqual(100.001);
        }
      }),
    );
  });

  it('has lines at round distances', () => {
    expect(timeScaleOf([{ start: 0, end: 31_000 }], 0).ticks).toEqual([10_000, 20_000, 30_000]);
    expect(timeScaleOf([{ start: 5, end: 105 }], 0).ticks).toEqual([]);
    expect(timeScaleOf([], 7)).toEqual({ start: 7, end: 107, ticks: [] });
  });
});

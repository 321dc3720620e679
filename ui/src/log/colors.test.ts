import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colorsOf, contrast, GROUND, lookOf } from './colors.ts';
import { ATTRIBUTES, type TextStyle, TRUE_COLOR } from './text-style.ts';

const color = fc.oneof(
  fc.nat(255),
  fc.nat(0xffffff).map((bits) => TRUE_COLOR | bits),
);
const styles: fc.Arbitrary<TextStyle> = fc.record(
  { foreground: color, background: color, attributes: fc.nat(63) },
  { requiredKeys: ['attributes'] },
);

describe('the colours of a log', () => {
  it('can be read on their ground, whatever the log asks for', () => {
    fc.assert(
      fc.property(styles, fc.constantFrom('light', 'dark' as const), (style, scheme) => {
        const { letters, ground } = colorsOf(style, scheme as 'light' | 'dark');
        if (letters === undefined) return;
        expect(contrast(letters, ground ?? GROUND[scheme as 'light' | 'dark'])).toBeGreaterThanOrEqual(4.5);
      }),
      { numRuns: 2000 },
    );
  });

  it('are those of the view where nothing is asked for', () => {
    expect(lookOf({ attributes: 0 })).toEqual({ className: undefined, colors: undefined });
    expect(lookOf({ attributes: ATTRIBUTES.bold | ATTRIBUTES.dim }).className).toBe('log-bold log-dim');
  });

  it('change places where it is asked for', () => {
    const { letters, ground } = colorsOf({ attributes: ATTRIBUTES.inverse }, 'dark');
    expect(ground).toEqual([0xd9, 0xe0, 0xe3]);
    expect(letters).toEqual(GROUND.dark);
  });

  it('have a pair for each scheme where these differ', () => {
    expect(lookOf({ attributes: 0, foreground: 1 }).colors?.color).toMatch(
      /^light-dark\(rgb\(.*\), rgb\(.*\)\)$/,
    );
  });
});

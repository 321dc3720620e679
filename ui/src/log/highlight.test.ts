import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstMatchFrom, hitsIn, markHits } from './highlight.ts';
import { lineHash, readLineRange } from './line-hash.ts';
import { PLAIN } from './text-style.ts';

const RED = { attributes: 0, foreground: 1 };

describe('what was found', () => {
  const matches = Uint32Array.from([2, 0, 4, 2, 6, 8, 5, 1, 2]);

  it('is found by line', () => {
    expect(hitsIn(matches, 2)).toEqual([
      { from: 0, to: 4, index: 0 },
      { from: 6, to: 8, index: 1 },
    ]);
    expect(hitsIn(matches, 3)).toEqual([]);
    expect([0, 2, 3, 5, 6].map((line) => firstMatchFrom(matches, line))).toEqual([0, 0, 2, 2, 3]);
  });

  it('is marked across colours', () => {
    const segments = [
      { text: 'an er', style: PLAIN },
      { text: 'ror!', style: RED },
    ];
    expect(markHits(segments, [{ from: 3, to: 8, index: 7 }])).toEqual([
      { text: 'an ', style: PLAIN },
      { text: 'er', style: PLAIN, hit: 7 },
      { text: 'ror', style: RED, hit: 7 },
      { text: '!', style: RED },
    ]);
  });

  it('changes no text', () => {
    const texts = fc.array(fc.string({ minLength: 1, maxLength: 6 }), { maxLength: 6 });
    fc.assert(
      fc.property(texts, fc.array(fc.nat(4), { maxLength: 12 }), (parts, steps) => {
        let at = 0;
        const hits = steps.map((step, index) => {
          const from = at + step;
          at = from + 1;
          return { from, to: at, index };
        });
        const marked = markHits(
          parts.map((text) => ({ text, style: PLAIN })),
          hits,
        );
        expect(marked.map(({ text }) => text).join('')).toBe(parts.join(''));
        const whole = parts.join('');
        const inside = marked.filter(({ hit }) => hit !== undefined).map(({ text }) => text);
        expect(inside.join('')).toBe(hits.map(({ from, to }) => whole.slice(from, to)).join(''));
      }),
    );
  });
});

describe('lines that an address names', () => {
  it.each([
    ['#L120', { first: 120, last: 120 }],
    ['#L120-L140', { first: 120, last: 140 }],
    ['#L140-120', { first: 120, last: 140 }],
    ['7', { first: 7, last: 7 }],
    [' 7 - 9 ', { first: 7, last: 9 }],
  ])('%s', (text, range) => {
    expect(readLineRange(text)).toEqual(range);
    expect(readLineRange(lineHash(range))).toEqual(range);
  });

  it.each(['', '#', '#L0', '#L', '#content', '#L1x', '#L1-L2-L3', '-4', '#L9999999999999'])(
    'are none in %j',
    (text) => {
      expect(readLineRange(text)).toBeUndefined();
    },
  );
});

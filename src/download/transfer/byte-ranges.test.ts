import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRanges } from './byte-ranges.ts';

const SIZE = 10_000;

describe('one range', () => {
  test.each([
    ['bytes=0-499', 0, 500],
    ['bytes=500-', 500, SIZE],
    ['bytes=-500', 9500, SIZE],
    ['bytes=0-', 0, SIZE],
    ['bytes=9999-9999', 9999, SIZE],
    ['BYTES=0-0', 0, 1],
    ['bytes= 0-0 ', 0, 1],
    ['bytes=,,0-0,', 0, 1],
    ['bytes=0-99999', 0, SIZE],
    ['bytes=-99999', 0, SIZE],
    [`bytes=1-${'9'.repeat(400)}`, 1, SIZE],
    [`bytes=-${'9'.repeat(400)}`, 0, SIZE],
  ])('%s', (header, start, end) => {
    expect(parseRanges(header, SIZE)).toEqual([{ start, end }]);
  });
});

describe('what no range says is ignored', () => {
  test.each([
    'bytes',
    'bytes=',
    'bytes=,',
    'bytes=-',
    'bytes=abc',
    'bytes=5',
    'bytes=5-4',
    'bytes=0x1-0x5',
    'bytes=1.5-2',
    'bytes=+1-2',
    'bytes=1 - 2',
    'bytes=0-1;2-3',
    'bytes=--1',
    'bytes=0-1, 9-x',
    'bytes=0-0-0',
    'bytes 0-1',
    'lines=0-1',
    'items=0-1',
    `bytes=${'9'.repeat(400)}-${'8'.repeat(400)}`,
    'bytes=9007199254740993-9007199254740992',
  ])('%s', (header) => {
    expect(parseRanges(header, SIZE)).toBe('all');
  });
});

test.each([
  'bytes=10000-',
  'bytes=10000-10001',
  'bytes=-0',
  'bytes=20000-30000,-0',
  `bytes=${'9'.repeat(400)}-`,
])('nothing of it is in the content: %s', (header) => {
  expect(parseRanges(header, SIZE)).toBe('none');
});

test('an empty content has no range, but its last bytes are all of it', () => {
  expect(parseRanges('bytes=0-', 0)).toBe('none');
  expect(parseRanges('bytes=0-0', 0)).toBe('none');
  expect(parseRanges('bytes=-0', 0)).toBe('none');
  expect(parseRanges('bytes=-1', 0)).toBe('all');
});

describe('several ranges', () => {
  test('stay in the order in which they were asked for', () => {
    expect(parseRanges('bytes=5000-5009,0-9,-10', SIZE)).toEqual([
      { start: 5000, end: 5010 },
      { start: 0, end: 10 },
      { start: 9990, end: SIZE },
    ]);
  });

  test('those that are outside are left out', () => {
    expect(parseRanges('bytes=0-9,20000-,-0', SIZE)).toEqual([{ start: 0, end: 10 }]);
  });

  test('those that overlap, touch, or leave out less than a part costs, are joined', () => {
    expect(parseRanges('bytes=0-99,50-149', SIZE)).toEqual([{ start: 0, end: 150 }]);
    expect(parseRanges('bytes=100-199,0-99', SIZE)).toEqual([{ start: 0, end: 200 }]);
    expect(parseRanges('bytes=0-9,50-59', SIZE)).toEqual([{ start: 0, end: 60 }]);
    expect(parseRanges('bytes=0-9,1000-1009,10-999', SIZE)).toEqual([{ start: 0, end: 1010 }]);
  });

  test('a joined range stands where its first one stood', () => {
    expect(parseRanges('bytes=5000-5009,0-9,5010-5019', SIZE)).toEqual([
      { start: 5000, end: 5020 },
      { start: 0, end: 10 },
    ]);
  });

  test('32 are taken and 33 are ignored', () => {
    const many = (count: number): string =>
      `bytes=${Array.from({ length: count }, (_, i) => `${i * 200}-${i * 200}`).join(',')}`;
    expect(parseRanges(many(32), SIZE)).toHaveLength(32);
    expect(parseRanges(many(33), SIZE)).toBe('all');
    expect(parseRanges(`bytes=${'0-,'.repeat(500)}0-`, SIZE)).toBe('all');
  });
});

test('ranges cover every byte that was asked for, lie in the content and do not overlap', () => {
  const spec = fc.oneof(
    fc.tuple(fc.nat(3000), fc.nat(3000)).map(([a, b]) => ({ text: `${Math.min(a, b)}-${Math.max(a, b)}` })),
    fc.nat(3000).map((a) => ({ text: `${a}-` })),
    fc.nat(3000).map((a) => ({ text: `-${a}` })),
  );
  fc.assert(
    fc.property(
      fc.array(spec, { minLength: 1, maxLength: 32 }),
      fc.integer({ min: 1, max: 3000 }),
      (specs, size) => {
        const wanted = new Set(specs.flatMap(({ text }) => bytesOf(text, size)));
        const ranges = parseRanges(`bytes=${specs.map(({ text }) => text).join(', ')}`, size);
        if (ranges === 'none') return wanted.size === 0;
        if (ranges === 'all') return false;
        const got = new Set<number>();
        for (const { start, end } of ranges) {
          if (!(start >= 0 && start < end && end <= size)) return false;
          for (let at = start; at < end; at += 1) {
            if (got.has(at)) return false;
            got.add(at);
          }
        }
        return [...wanted].every((at) => got.has(at)) && (specs.length > 1 || got.size === wanted.size);
      },
    ),
  );
});

/** The words of the RFC, one byte at a time. */
function bytesOf(text: string, size: number): number[] {
  const [first = '', last = ''] = text.split('-');
  const all = Array.from({ length: size }, (_, i) => i);
  if (first === '') return all.filter((i) => i >= size - Number(last));
  return all.filter((i) => i >= Number(first) && (last === '' || i <= Number(last)));
}

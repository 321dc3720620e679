import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatHttpDate, parseHttpDate } from './http-date.ts';

const NOW = Date.UTC(2026, 10, 21);
const SECONDS = Date.UTC(1994, 10, 6, 8, 49, 37) / 1000;

test.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
  'the three forms of a date say the same: %s',
  (text) => {
    expect(parseHttpDate(text, NOW)).toBe(SECONDS);
  },
);

test('two digits of a year are the last such year that is not more than 50 years ahead', () => {
  const yearOf = (digits: string): number =>
    new Date(
      (parseHttpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`, NOW) ?? Number.NaN) * 1000,
    ).getUTCFullYear();
  expect(yearOf('76')).toBe(2076);
  expect(yearOf('77')).toBe(1977);
  expect(yearOf('00')).toBe(2000);
});

test.each([
  '',
  '0',
  'yesterday',
  '2026-11-21T00:00:00Z',
  'Sun, 06 Nov 1994 08:49:37',
  'Sun, 06 Nov 1994 08:49:37 CET',
  'Sun, 6 Nov 1994 08:49:37 GMT',
  'Sun, 31 Feb 1994 08:49:37 GMT',
  'Sun, 06 Foo 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 24:00:00 GMT',
  'Sun, 06 Nov 1994 08:60:00 GMT',
  'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
])('what is no date is none: %j', (text) => {
  expect(parseHttpDate(text, NOW)).toBeUndefined();
});

test('a date that is written can be read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: NOW }), (time) => {
      const text = formatHttpDate(time, NOW);
      return text !== undefined && parseHttpDate(text, NOW) === Math.floor(time / 1000);
    }),
  );
});

test('a time to come, before 1970 or unknown is not said', () => {
  expect(formatHttpDate(NOW + 1, NOW)).toBeUndefined();
  expect(formatHttpDate(-1, NOW)).toBeUndefined();
  expect(formatHttpDate(Number.NaN, NOW)).toBeUndefined();
  expect(formatHttpDate(undefined, NOW)).toBeUndefined();
});

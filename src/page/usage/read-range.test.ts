import { expect, it } from 'vitest';
import { readRange } from './read-range.ts';

const NOW = Date.UTC(2026, 10, 22, 10, 30);
const iso = (found: ReturnType<typeof readRange>): unknown =>
  typeof found === 'string'
    ? found
    : [found.from, found.to].map((moment) => new Date(moment).toISOString().replace('T00:00:00.000Z', ''));

it.each([
  [{}, ['2026-10-24', '2026-11-23']],
  [{ from: '2026-11-01' }, ['2026-11-01', '2026-11-23']],
  [{ from: '2026-11-01', to: '2026-11-01' }, ['2026-11-01', '2026-11-02']],
  [{ from: '2026-11-01T23:00:00-02:00', to: '2026-11-03T10:00:00Z' }, ['2026-11-02', '2026-11-04']],
  [{ from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00.000Z' }, ['2026-11-01', '2026-11-02']],
  [{ to: '2026-01-31' }, ['2026-01-02', '2026-02-01']],
])('reads the days of %o', (asked, days) => {
  expect(iso(readRange(asked, NOW))).toEqual(days);
});

it.each([
  [{ from: 'yesterday' }, /^"from" is "yesterday": expected a day/],
  [{ to: '2026-02-30' }, /^"to" is "2026-02-30"/],
  [{ to: '2026-13-01' }, /^"to" is "2026-13-01"/],
  [{ from: '2026-11-01T10:00:00' }, /a moment/],
  [{ from: '2026-12-01' }, /"from" \(2026-12-01\) is after "to" \(today\)/],
])('says what is wrong with %o', (asked, message) => {
  expect(readRange(asked, NOW)).toEqual(expect.stringMatching(message));
});

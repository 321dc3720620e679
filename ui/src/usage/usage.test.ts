import { describe, expect, it } from 'vitest';
import { daysIn, lastDays, momentsOf, readRange } from './range.ts';
import { toCsv } from './to-csv.ts';
import { amountText, largestFirst, totalOf } from './totals.ts';

const web = { project: 'web', runs: 10, failedRuns: 2, minutes: 12.5, bytes: 1000 };
const api = { project: 'api', runs: 10, failedRuns: 0, minutes: 1, bytes: 5 };
const answer = (projects: readonly (typeof web)[]) => ({
  from: '2030-01-01T00:00:00.000Z',
  to: '2030-02-01T00:00:00.000Z',
  projects,
});

describe('days', () => {
  it('count back from today, and end with it', () => {
    const range = lastDays(7, Date.UTC(2030, 0, 31, 23, 59));
    expect(range).toEqual({ from: '2030-01-25', to: '2030-01-31' });
    expect(daysIn(range)).toBe(7);
    expect(momentsOf(range)).toEqual({ from: '2030-01-25T00:00:00.000Z', to: '2030-02-01T00:00:00.000Z' });
  });

  it('are read from an address', () => {
    expect(readRange('2030-01-01', '2030-01-01')).toEqual({ from: '2030-01-01', to: '2030-01-01' });
    expect(
      [
        ['', ''],
        ['2030-01-02', '2030-01-01'],
        ['2030-13-01', '2030-13-02'],
        ['1', '2'],
      ].map(([from = '', to = '']) => readRange(from, to)),
    ).toEqual(Array<undefined>(4));
  });
});

it('a table for other programs holds no formula', () => {
  expect(toCsv(answer([web, { ...api, project: '=HYPERLINK("http://x")' }]))).toBe(
    'project,runs,failedRuns,minutes,bytes\r\nweb,10,2,12.5,1000\r\n"\'=HYPERLINK(""http://x"")",10,0,1,5\r\n',
  );
});

it('projects are compared and added up', () => {
  expect(totalOf([web, api])).toEqual({ runs: 20, failedRuns: 2, minutes: 13.5, bytes: 1005 });
  expect(largestFirst([web, api], 'runs').map(({ project }) => project)).toEqual(['api', 'web']);
  expect(largestFirst([api, web], 'bytes').map(({ project }) => project)).toEqual(['web', 'api']);
  expect([0, 0.04, 9.94, 10.4, 12_345.6].map(amountText)).toEqual(['0.0', '0.0', '9.9', '10', '12,346']);
});

import { describe, expect, it } from 'vitest';
import { parseDuration } from './parse-duration.ts';

describe('a time that somebody writes', () => {
  it('is a number with a unit', () => {
    expect(['1s', '90m', ' 12h', '30d', '2w'].map(parseDuration)).toEqual([
      1000, 5_400_000, 43_200_000, 2_592_000_000, 1_209_600_000,
    ]);
  });

  it('is nothing else', () => {
    for (const text of ['', '0d', '5', 'd', '-1d', '1.5h', '1 h', '1D', '1h30m', '1e3s', '9999999999s'])
      expect(parseDuration(text), text).toBeUndefined();
  });
});

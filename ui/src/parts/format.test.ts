import { describe, expect, it } from 'vitest';
import { ageText, bytesText, durationText, percentText } from './format.ts';

describe('what numbers look like', () => {
  it.each([
    [-5, '0.0 s'],
    [449, '0.4 s'],
    [9_999, '9.9 s'],
    [59_999, '59 s'],
    [184_000, '3 m 04 s'],
    [7_500_000, '2 h 05 m'],
    [4 * 86_400_000 + 3 * 3_600_000, '4 d 03 h'],
  ])('a time of %d ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it.each([
    [1_000, 'just now'],
    [-2_000, 'just now'],
    [40_000, '40 s ago'],
    [300_000, '5 min ago'],
    [-300_000, 'in 5 min'],
    [36 * 3_600_000, '36 h ago'],
    [3 * 86_400_000, '3 days ago'],
  ])('what was %d ms ago was %s', (ms, text) => {
    expect(ageText(ms)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_234, '1.2 kB'],
    [999_600, '1.0 MB'],
    [34_000_000, '34 MB'],
    [2e18, '2000 PB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it('a share has a digit behind its point only where it is small', () => {
    expect([0, 0.004, 0.93, 1].map(percentText)).toEqual(['0 %', '0.4 %', '93 %', '100 %']);
  });
});

import { describe, expect, it } from 'vitest';
import { UsageError } from './exit-code.ts';
import { parseArguments } from './flag-values.ts';
import { readSize } from './read-size.ts';

const FLAG = { name: 'quota', value: 'SIZE', about: 'room' };
const read = (...words: readonly string[]): number | undefined =>
  readSize(parseArguments(words, [FLAG], {}).flags, 'quota');

describe('a size on the command line', () => {
  it('counts in powers of 1024 under every name of a unit', () => {
    expect(
      ['7', '7B', '2k', '2KB', '2KiB', '1.5g', '3 MiB', '1TB'].map((text) => read('--quota', text)),
    ).toEqual([7, 7, 2048, 2048, 2048, 1.5 * 1024 ** 3, 3 * 1024 ** 2, 1024 ** 4]);
  });

  it('is infinite without a bound, and undefined where it is not given', () => {
    expect([read('--quota=unlimited'), read()]).toEqual([Number.POSITIVE_INFINITY, undefined]);
  });

  it.each(['', 'much', '-5', '5 XB', '1e9', '999999999999999T'])('refuses %j', (text) => {
    expect(() => read(`--quota=${text}`)).toThrow(UsageError);
  });
});

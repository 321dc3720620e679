import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellQuote } from './quote.ts';
import { shellSplit } from './split.ts';

describe('shellSplit', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['  \t\n ', []],
    ['redis-server --appendonly yes', ['redis-server', '--appendonly', 'yes']],
    [`sh -c 'echo "a b" $X'`, ['sh', '-c', 'echo "a b" $X']],
    [`a"b c"'d e'f`, ['ab cd ef']],
    [`'' "" x`, ['', '', 'x']],
    [`"a\\"b\\\\c\\d\\$e"`, ['a"b\\c\\d$e']],
    ['a\\ b \\"c\\"', ['a b', '"c"']],
    [`'a\\'`, ['a\\']],
    ['a # a comment\nb', ['a', 'b']],
    ['a#b "#c"', ['a#b', '#c']],
    ['a\\\nb "c\\\nd"', ['ab', 'cd']],
    ['$HOME `date` $(date)', ['$HOME', '`date`', '$(date)']],
  ])('splits %j', (text, words) => {
    expect(shellSplit(text)).toEqual({ ok: true, value: words });
  });

  test.each([
    ['echo "a', 'the quote " is not closed'],
    ["echo 'a", "the quote ' is not closed"],
    ['echo a\\', 'it ends with a backslash'],
    ['echo "a\\"', 'the quote " is not closed'],
  ])('says what is wrong with %j', (text, error) => {
    expect(shellSplit(text)).toEqual({ ok: false, error });
  });

  test('gives back the words that were quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(shellSplit(words.map(shellQuote).join(' '))).toEqual({ ok: true, value: words });
      }),
    );
  });
});

import { expect, test } from 'vitest';
import { textDiff } from './text-diff.ts';

test('shows changed lines between three that are the same', () => {
  const before = ['1', '2', '3', '4', 'old', '6', '7', '8', '9'].join('\n');
  const after = ['1', '2', '3', '4', 'new', 'more', '6', '7', '8', '9'].join('\n');
  expect(textDiff(before, after)).toEqual([
    '  2',
    '  3',
    '  4',
    '- old',
    '+ new',
    '+ more',
    '  6',
    '  7',
    '  8',
    '…',
  ]);
});

test('finds a line that moved as taken away and added', () => {
  expect(textDiff('a\nb\nc', 'b\nc\na')).toEqual(['- a', '  b', '  c', '+ a']);
});

test('shows nothing for the same text', () => {
  expect(textDiff('a\nb', 'a\nb')).toEqual([]);
});

test('takes all lines for changed where there are too many to compare', () => {
  const lines = (name: string): string => Array.from({ length: 2100 }, (_, i) => `${name}${i}`).join('\n');
  expect(textDiff(lines('a'), lines('b'))).toHaveLength(4200);
});

import { expect, test } from 'vitest';
import { compareSource } from './source-changes.ts';

test('finds what is new, changed or gone, and a folder that is gone only once', () => {
  const before = {
    same: '1 10 1000',
    other: '1 10 1000',
    gone: 'folder',
    'gone/in': '1 1 1',
    link: 'link a',
  };
  const now = { same: '1 10 1001', other: '1 10 2000', new: 'folder', 'new/in': '1 1 1', link: 'link b' };
  expect(compareSource(before, now)).toEqual({
    changed: ['other', 'new', 'new/in', 'link'],
    removed: ['gone'],
  });
});

test('takes another mode or size for a change, and a file for another thing than a folder', () => {
  const before = { mode: '1 10 1000', size: '1 10 1000', kind: 'folder' };
  const now = { mode: '2 10 1000', size: '1 11 1000', kind: '1 10 1000' };
  expect(compareSource(before, now)).toEqual({ changed: ['mode', 'size', 'kind'], removed: [] });
});

import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../artifacts/index.ts';
import { folderChildren } from './folder-children.ts';

const entry = (path: string, more: Partial<ManifestEntry> = {}): ManifestEntry => ({
  path,
  type: 'file',
  mode: 0o644,
  modifiedAt: 0,
  sizeBytes: 10,
  ...more,
});

const ENTRIES = [
  entry('b.txt'),
  entry('docs', { type: 'folder', sizeBytes: 0 }),
  entry('docs/index.html', { sizeBytes: 5 }),
  entry('docs/deep/one', { sizeBytes: 7 }),
  entry('docs/deep/two', { type: 'link', sizeBytes: 0, target: 'one' }),
  entry('docs.old', { sizeBytes: 1 }),
  entry('empty', { type: 'folder', sizeBytes: 0 }),
  entry('a', { type: 'link', sizeBytes: 0, target: 'b.txt' }),
];

describe('the children of a folder in an artifact', () => {
  it('are folders with what is below them, and then files and links', () => {
    expect(folderChildren(ENTRIES, '')).toEqual([
      { name: 'docs', path: 'docs', type: 'folder', sizeBytes: 12, files: 3 },
      { name: 'empty', path: 'empty', type: 'folder', sizeBytes: 0, files: 0 },
      { name: 'a', path: 'a', type: 'link', sizeBytes: 0, files: 1, target: 'b.txt' },
      { name: 'b.txt', path: 'b.txt', type: 'file', sizeBytes: 10, files: 1 },
      { name: 'docs.old', path: 'docs.old', type: 'file', sizeBytes: 1, files: 1 },
    ]);
  });

  it('are found where only files name the folder', () => {
    expect(folderChildren(ENTRIES, 'docs/deep')?.map(({ path }) => path)).toEqual([
      'docs/deep/one',
      'docs/deep/two',
    ]);
  });

  it('may be none, which is not the same as no folder', () => {
    expect(folderChildren(ENTRIES, 'empty')).toEqual([]);
    expect(folderChildren([], '')).toEqual([]);
    for (const none of ['nowhere', 'doc', 'b.txt', 'docs/', '..', 'docs/..'])
      expect(folderChildren(ENTRIES, none)).toBeUndefined();
  });
});

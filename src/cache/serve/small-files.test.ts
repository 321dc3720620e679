import { lstatSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../repository/testing/repository-folder.ts';
import { createSmallFiles, type SmallFile } from './small-files.ts';

const LATER = Date.now() + 3_600_000;

function written(text: string, name = 'file'): { path: string; file: SmallFile } {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return { path, file: { bytes: readFileSync(path), stats: lstatSync(path) } };
}

describe('small files', () => {
  it('are kept as long as they stay as they were', () => {
    const files = createSmallFiles({ maxBytes: 10_000, now: () => LATER });
    const { path, file } = written('one');
    expect(files.get(path)).toBeUndefined();
    files.keep(path, file);
    expect(files.get(path)?.bytes).toBe(file.bytes);
    expect(files.get(path)?.bytes).toBe(file.bytes);
  });

  it.each([
    [
      'replaced',
      (path: string) => {
        writeFileSync(`${path}.new`, 'two');
        renameSync(`${path}.new`, path);
      },
    ],
    [
      'changed in place, its time set back',
      (path: string) => {
        const { atime, mtime } = lstatSync(path);
        writeFileSync(path, 'two');
        utimesSync(path, atime, mtime);
      },
    ],
    ['removed', (path: string) => rmSync(path)],
  ])('are forgotten when one was %s', (_how, change) => {
    const files = createSmallFiles({ maxBytes: 10_000, now: () => LATER });
    const { path, file } = written('one');
    files.keep(path, file);
    change(path);
    expect(files.get(path)).toBeUndefined();
  });

  it('are not kept when they were changed just now: that may happen once more without a trace', () => {
    const files = createSmallFiles({ maxBytes: 10_000, now: Date.now });
    const { path, file } = written('one');
    files.keep(path, file);
    expect(files.get(path)).toBeUndefined();
  });

  it('take no more memory than they may: what was used longest ago goes first', () => {
    const files = createSmallFiles({ maxBytes: 2 * 1304, now: () => LATER });
    const [a, b, c] = [written('aaaa'), written('bbbb'), written('cccc')];
    files.keep(a.path, a.file);
    files.keep(b.path, b.file);
    files.get(a.path);
    files.keep(c.path, c.file);
    expect([a, b, c].map(({ path }) => files.get(path) !== undefined)).toEqual([true, false, true]);
    files.keep(a.path, a.file); // again: it is counted once
    expect([a, c].map(({ path }) => files.get(path) !== undefined)).toEqual([true, true]);
  });
});

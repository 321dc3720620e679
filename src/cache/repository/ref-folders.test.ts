import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findChangedFolders } from './ref-folders.ts';

let heads: string;
beforeEach(() => {
  heads = mkdtempSync(join(tmpdir(), 'slipway-heads-'));
});
afterEach(() => {
  rmSync(heads, { recursive: true });
});

describe('the folders of refs', () => {
  it('are gone where a ref has the name of one that they were in', async () => {
    writeFileSync(join(heads, 'a'), 'a commit');
    const before = new Map([
      ['', 1],
      ['a', 1],
      ['a/b', 1],
    ]);
    const { changed, gone } = await findChangedFolders(heads, before);
    expect(gone).toEqual(['a', 'a/b']);
    expect(changed).toEqual([{ name: '', refs: ['a'] }]);
  });
});

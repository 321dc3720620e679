import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { text } from '../contract/content.ts';
import { openFolderStore } from './open-folder-store.ts';
import { storeFolder } from './testing/store-folder.ts';

/** Runs the script where nothing can be written to the folder. */
function runReadOnly(folder: string): unknown {
  const script = join(import.meta.dirname, 'testing/programs/read-only.ts');
  const mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$1" "$2" "$0"';
  const words = ['-rm', 'sh', '-c', mount, folder, process.execPath, script];
  return JSON.parse(execFileSync('unshare', words, { encoding: 'utf8' }));
}

const ONLY_READ = {
  listed: ['a/object'],
  read: 'content',
  absent: 'absent',
  put: 'FORBIDDEN',
  removed: 'FORBIDDEN',
};

describe('a store in a folder that may only be read', () => {
  it('can be read', async () => {
    const folder = storeFolder();
    await using store = await openFolderStore({ type: 'folder', folder });
    await store.put('a/object', text('content'));
    expect(runReadOnly(folder)).toMatchObject({ ...ONLY_READ, expired: [] });
  });

  it('can be read also where it never was a store', () => {
    const folder = storeFolder();
    mkdirSync(join(folder, 'a'));
    writeFileSync(join(folder, 'a/object'), 'content');
    expect(runReadOnly(folder)).toMatchObject({ ...ONLY_READ, expired: [] });
  });

  it('has no place for a new one, and says why', () => {
    const folder = storeFolder();
    const opened = `StoreError: Could not open the folder ${folder}/not/there: EROFS (read-only file system)`;
    expect(runReadOnly(folder)).toMatchObject({ opened });
  });
});

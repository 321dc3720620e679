import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, lend, readKey, sha256Of, text } from '../contract/content.ts';
import { expectFailure } from '../contract/failure.ts';
import { openFolderStore } from './open-folder-store.ts';
import { storeFolder } from './testing/store-folder.ts';

/** Runs the script on a small disk of its own, which is there for it alone and ends with it. */
function fillDisk(): Record<string, unknown> {
  const script = join(import.meta.dirname, 'testing/programs/fill-disk.ts');
  const mount = 'mount -t tmpfs -o size=8m tmpfs "$0" && exec "$1" "$2" "$0"';
  const folder = mkdtempSync(join(tmpdir(), 'slipway-full-disk-'));
  const words = ['-rm', 'sh', '-c', mount, folder, process.execPath, script];
  try {
    return JSON.parse(execFileSync('unshare', words, { encoding: 'utf8' }));
  } finally {
    rmdirSync(folder);
  }
}

describe('a store on a disk that is full', () => {
  let outcome: Record<string, unknown>;
  const before = {
    object: sha256Of(bytesOf(3 * 1024 * 1024)),
    names: ['.slipway', 'object'],
    temporary: [],
    facts: 1,
  };

  beforeAll(() => {
    outcome = fillDisk();
  });

  it('has an object to begin with', () => {
    expect(outcome['before']).toEqual(before);
  });

  it('refuses a content of unknown size when it comes to the end of the room, and leaves what was there', () => {
    const message =
      'Could not store object in the folder FOLDER: ENOSPC (the disk is full, or a quota is used up)';
    expect(outcome['unknown']).toEqual({ code: 'NO_SPACE', message, hadTaken: true });
    expect(outcome['afterUnknown']).toEqual(before);
  });

  it('refuses a content whose size it is told before it takes any of it', () => {
    const message = expect.stringMatching(
      /^There is no room in the folder FOLDER: 20971520 bytes are needed, \d+ are there$/,
    );
    expect(outcome['told']).toEqual({ code: 'NO_SPACE', message, hadTaken: false });
    expect(outcome['afterTold']).toEqual(before);
  });

  it('gives no room away twice, and gives it back', () => {
    expect(outcome['beside']).toMatchObject({ code: 'NO_SPACE', hadTaken: false });
    expect(outcome['after']).toBe('stored');
  });
});

describe('a store with room that is to stay free', () => {
  it('refuses what would take of it, whether or not it is told the size', async () => {
    const folder = storeFolder();
    await using store = await openFolderStore({ type: 'folder', folder });
    await store.put('object', text('before'));
    await using careful = await openFolderStore({ type: 'folder', folder, keepFreeBytes: 10 ** 18 });
    const { message } = await expectFailure(
      careful.put('object', text('after'), { sizeBytes: 5 }),
      'NO_SPACE',
    );
    expect(message).toContain('5 bytes are needed, 0 are there, with 1000000000000000000 to stay free');
    await expectFailure(careful.put('object', text('after')), 'NO_SPACE');
    expect(String(await readKey(careful, 'object'))).toBe('before');
  });

  it('takes what leaves it free', async () => {
    await using store = await openFolderStore({ type: 'folder', folder: storeFolder(), keepFreeBytes: 1 });
    await store.put('object', lend(bytesOf(1000)), { sizeBytes: 1000 });
    expect((await readKey(store, 'object'))?.length).toBe(1000);
  });
});

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesOf, lend, readKey, text } from '../contract/content.ts';
import { expectFailure } from '../contract/failure.ts';
import { describeStoreContract } from '../contract.ts';
import { openFolderStore } from './open-folder-store.ts';
import { storeFolder } from './testing/store-folder.ts';

describeStoreContract('a folder', {
  open: async (options) => await openFolderStore({ type: 'folder', folder: storeFolder() }, options),
});

const openIn = async (folder: string) => await openFolderStore({ type: 'folder', folder });

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('a folder that is a store', () => {
  it('holds each object as the plain file of its key', async () => {
    const folder = storeFolder();
    await using store = await openIn(folder);
    await store.put('project-artifacts/app/run/output.tar', text('content'));
    expect(readFileSync(join(folder, 'project-artifacts/app/run/output.tar'), 'utf8')).toBe('content');
  });

  it('is made where it is missing, for its user alone; files have the mode that the umask leaves', async () => {
    const folder = join(storeFolder(), 'not/there/yet');
    await using store = await openIn(folder);
    await store.put('a/b', text('content'));
    const umask = process.umask();
    for (const path of ['..', '.', 'a', '.slipway', '.slipway/tmp', '.slipway/meta']) {
      expect(modeOf(join(folder, path)), path).toBe(0o700);
    }
    expect(modeOf(join(folder, 'a/b'))).toBe(0o666 & ~umask);
  });

  it('leaves nothing half written, and no folder without an object', async () => {
    const folder = storeFolder();
    await using store = await openIn(folder);
    await store.put('a/b/c', text('content'));
    await store.put('a/b/c', text('other content'));
    await store.remove('a/b/c');
    const wrong = store.put('d/e', text('content'), { sha256: 'f'.repeat(64) });
    await expectFailure(wrong, 'DIGEST_MISMATCH');
    expect(readdirSync(folder)).toEqual(['.slipway']);
    expect(readdirSync(join(folder, '.slipway/tmp'))).toEqual([]);
    expect(readdirSync(join(folder, '.slipway/meta'))).toEqual([]);
  });

  it('takes a folder without objects, which somebody else made, for nothing', async () => {
    const folder = storeFolder();
    await using store = await openIn(folder);
    mkdirSync(join(folder, 'a/empty'), { recursive: true });
    expect(await store.head('a/empty')).toBeUndefined();
    expect(await store.remove('a/empty')).toBe(false);
    await store.put('a/empty', text('content'));
    expect(String(await readKey(store, 'a/empty'))).toBe('content');
  });

  it('refuses a key above an object with all that is below', async () => {
    const folder = storeFolder();
    await using store = await openIn(folder);
    await store.put('a/b/c', text('content'));
    for (const ifAbsent of [false, true]) {
      const error = await expectFailure(store.put('a/b', text('content'), { ifAbsent }), 'CONFLICT');
      expect(error.message).toBe('a/b cannot be stored: there are objects below it');
    }
    const below = await expectFailure(store.put('a/b/c/d', text('content')), 'CONFLICT');
    expect(below.message).toBe('nothing can be stored below a/b/c, which is an object');
    expect((await store.list()).objects.map(({ key }) => key)).toEqual(['a/b/c']);
  });

  it('says of a file that shrinks while it is read that it was cut', async () => {
    const folder = storeFolder();
    await using store = await openIn(folder);
    await store.put('object', lend(bytesOf(4_000_000)));
    await using content = await store.open('object');
    const read = async (): Promise<void> => {
      for await (const _ of content ?? []) truncateSync(join(folder, 'object'), 100_000);
    };
    await expectFailure(read(), 'TRUNCATED');
  });

  it('is a store for several who open it', async () => {
    const folder = storeFolder();
    await using one = await openIn(folder);
    await using other = await openIn(folder);
    await one.put('object', text('content'), { mediaType: 'text/plain' });
    expect(await other.head('object')).toEqual(await one.head('object'));
    await expectFailure(other.put('object', text('other'), { ifAbsent: true }), 'EXISTS');
    expect(await other.remove('object')).toBe(true);
    expect(await one.head('object')).toBeUndefined();
  });

  it('may be named through a link', async () => {
    const folder = storeFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    await using store = await openIn(join(folder, 'link'));
    await store.put('a/b', text('content'));
    expect(readFileSync(join(folder, 'real/a/b'), 'utf8')).toBe('content');
    expect(String(await readKey(store, 'a/b'))).toBe('content');
  });
});

describe('when the folder of a store', () => {
  it('is gone, or empty as without its disk, every call says so', async () => {
    const folder = storeFolder();
    await using store = await openIn(folder);
    await store.put('object', text('content'));
    renameSync(folder, `${folder}.away`);
    for (const isThere of [false, true]) {
      if (isThere) mkdirSync(folder);
      await expectFailure(store.put('object', text('content')), 'NO_STORE');
      await expectFailure(store.head('object'), 'NO_STORE');
      await expectFailure(store.open('object'), 'NO_STORE');
      await expectFailure(store.list(), 'NO_STORE');
      await expectFailure(store.remove('object'), 'NO_STORE');
      await expectFailure(store.removeExpired({ now: 0 }), 'NO_STORE');
    }
    rmSync(folder, { recursive: true });
    renameSync(`${folder}.away`, folder);
    expect(String(await readKey(store, 'object'))).toBe('content');
  });

  it('is a file, opening it says so', async () => {
    const file = join(storeFolder(), 'file');
    writeFileSync(file, '');
    await expectFailure(openIn(file), 'NO_STORE');
    await expectFailure(openIn(join(file, 'below')), 'NO_STORE');
  });

  it('is where the system lets nobody make a folder, opening it says so', async () => {
    const { message } = await expectFailure(openIn('/proc/self/store'), 'UNAVAILABLE');
    expect(message).toBe('Could not open the folder /proc/self/store: ENOENT (no such file or directory)');
  });

  it('has a link for its own things, opening it says so', async () => {
    const folder = storeFolder();
    mkdirSync(join(folder, 'elsewhere/tmp'), { recursive: true });
    symlinkSync('elsewhere', join(folder, '.slipway'));
    await expectFailure(openIn(folder), 'NO_STORE');
    expect(existsSync(join(folder, 'elsewhere/meta'))).toBe(false);
  });

  it('was readable for others, it stays so', async () => {
    const folder = storeFolder();
    chmodSync(folder, 0o755);
    await using _ = await openIn(folder);
    expect(modeOf(folder)).toBe(0o755);
  });
});

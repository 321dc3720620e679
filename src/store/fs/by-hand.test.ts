import {
  appendFileSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKey, sha256Of, text } from '../contract/content.ts';
import type { ObjectStore } from '../store.ts';
import { openFolderStore } from './open-folder-store.ts';
import { storeFolder } from './testing/store-folder.ts';

interface Rig extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly clock: { now: number };
  readonly path: (name: string) => string;
  /** What is known of how many files. */
  readonly known: () => number;
}

async function openRig(): Promise<Rig> {
  const folder = storeFolder();
  const clock = { now: Date.now() };
  const store = await openFolderStore({ type: 'folder', folder }, { now: () => clock.now });
  const path = (name: string): string => join(folder, name);
  const known = (): number => readdirSync(path('.slipway/meta')).length;
  return { store, clock, path, known, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

const TOLD = { mediaType: 'text/plain' };

describe('a file that somebody put into the folder of a store', () => {
  it('is an object, of which only the file tells', async () => {
    await using rig = await openRig();
    mkdirSync(rig.path('a'));
    writeFileSync(rig.path('a/file'), 'by hand');
    const found = await rig.store.head('a/file');
    expect(found).toEqual({
      key: 'a/file',
      sizeBytes: 7,
      modifiedAt: Math.floor(statSync(rig.path('a/file')).mtimeMs),
      version: expect.stringMatching(/^file-[0-9a-f]{64}$/),
    });
    expect((await rig.store.list()).objects).toEqual([found]);
    expect(String(await readKey(rig.store, 'a/file'))).toBe('by hand');
    expect(await rig.store.remove('a/file')).toBe(true);
    expect(await rig.store.head('a/file')).toBeUndefined();
  });

  it('has another version when it is written to', async () => {
    await using rig = await openRig();
    writeFileSync(rig.path('file'), 'by hand');
    const before = await rig.store.head('file');
    appendFileSync(rig.path('file'), '!');
    const longer = await rig.store.head('file');
    utimesSync(rig.path('file'), 1, 1);
    const touched = await rig.store.head('file');
    expect(new Set([before?.version, longer?.version, touched?.version]).size).toBe(3);
  });

  it('is left out of a listing where its name is no key', async () => {
    await using rig = await openRig();
    writeFileSync(rig.path('new\nline'), '');
    writeFileSync(Buffer.concat([Buffer.from(rig.path('')), Buffer.from([0x66, 0xff])]), ''); // not UTF-8
    mkdirSync(rig.path('tab\there'));
    writeFileSync(rig.path('tab\there/file'), '');
    writeFileSync(rig.path('good'), '');
    expect((await rig.store.list()).objects.map(({ key }) => key)).toEqual(['good']);
  });
});

describe('an object that somebody', () => {
  const changes: readonly (readonly [string, (path: string) => void])[] = [
    [
      'replaced by another file',
      (path) => {
        writeFileSync(`${path}.new`, 'CONTENT');
        renameSync(`${path}.new`, path);
      },
    ],
    [
      'removed and made again with the same size and time',
      (path) => {
        const { atime, mtime } = statSync(path);
        rmSync(path);
        writeFileSync(path, 'CONTENT');
        utimesSync(path, atime, mtime);
      },
    ],
    ['wrote to', (path) => appendFileSync(path, 'more')],
    [
      'replaced by a copy of it',
      (path) => {
        copyFileSync(path, `${path}.new`);
        renameSync(`${path}.new`, path);
      },
    ],
  ];

  it.each(changes)('%s is served without what was known of it', async (_, change) => {
    await using rig = await openRig();
    const put = await rig.store.put('object', text('content'), { ...TOLD, expiresAt: rig.clock.now + 1000 });
    change(rig.path('object'));
    rig.clock.now += 1000;
    const found = await rig.store.head('object');
    expect(found).toBeDefined();
    expect(found?.sha256).toBeUndefined();
    expect(found?.mediaType).toBeUndefined();
    expect(found?.version).not.toBe(put.version);
    expect(await rig.store.removeExpired({ now: rig.clock.now })).toEqual([]);
    expect(await rig.store.head('object')).toEqual(found);
    expect(rig.known()).toBe(0);
  });

  it('moved to another key is served there without what was known of it', async () => {
    await using rig = await openRig();
    await rig.store.put('object', text('content'), TOLD);
    renameSync(rig.path('object'), rig.path('other'));
    expect((await rig.store.head('other'))?.sha256).toBeUndefined();
    expect(await rig.store.head('object')).toBeUndefined();
  });

  it('gave a second name keeps what is known of it when that one goes', async () => {
    await using rig = await openRig();
    await rig.store.put('object', text('content'), TOLD);
    linkSync(rig.path('object'), rig.path('second'));
    await rig.store.remove('second');
    const sha256 = sha256Of(Buffer.from('content'));
    expect(await rig.store.head('object')).toMatchObject({ sha256, mediaType: 'text/plain' });
  });

  it('removed is absent, and what was known of it goes with the next look for what has expired', async () => {
    await using rig = await openRig();
    await rig.store.put('a/object', text('content'), { expiresAt: rig.clock.now + 1000 });
    await rig.store.put('a/other', text('content'), TOLD);
    rmSync(rig.path('a/object'));
    expect(await rig.store.head('a/object')).toBeUndefined();
    expect(rig.known()).toBe(2);
    expect(await rig.store.removeExpired({ now: rig.clock.now + 5000 })).toEqual([]);
    expect(rig.known()).toBe(1);
    expect(await rig.store.head('a/other')).toMatchObject(TOLD);
  });
});

describe('what is known of an object', () => {
  it('that is being written is not taken for what is left over', async () => {
    await using rig = await openRig();
    await rig.store.put('object', text('content'), TOLD);
    const identity = readdirSync(rig.path('.slipway/meta'))[0] ?? '';
    // As it is in the moment before the object gets its place.
    renameSync(rig.path('object'), rig.path('.slipway/tmp/half'));
    await rig.store.removeExpired({ now: rig.clock.now });
    expect(readdirSync(rig.path('.slipway/meta'))).toEqual([identity]);
    renameSync(rig.path('.slipway/tmp/half'), rig.path('object'));
    expect(await rig.store.head('object')).toMatchObject(TOLD);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"version":1,"key":"../x","sha256":"00"}',
    '{"version":2,"key":"object"}',
  ])('is not believed where it reads %j', async (content) => {
    await using rig = await openRig();
    await rig.store.put('object', text('content'), TOLD);
    const identity = readdirSync(rig.path('.slipway/meta'))[0] ?? '';
    writeFileSync(rig.path(`.slipway/meta/${identity}`), content);
    const found = await rig.store.head('object');
    expect(found?.sizeBytes).toBe(7);
    expect(found?.sha256).toBeUndefined();
    await rig.store.removeExpired({ now: rig.clock.now });
    expect(rig.known()).toBe(0);
  });
});

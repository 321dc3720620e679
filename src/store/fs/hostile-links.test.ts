import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectAbsent, readKey, text } from '../contract/content.ts';
import { expectFailure } from '../contract/failure.ts';
import { StoreError } from '../error.ts';
import type { ObjectStore } from '../store.ts';
import { openFolderStore } from './open-folder-store.ts';
import { storeFolder } from './testing/store-folder.ts';

interface Rig extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly folder: string;
  /** A folder beside the store, with a file `secret` in it. */
  readonly outside: string;
}

async function openRig(): Promise<Rig> {
  const above = storeFolder();
  const [folder, outside] = [join(above, 'store'), join(above, 'outside')];
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'secret');
  const store = await openFolderStore({ type: 'folder', folder });
  return { store, folder, outside, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

const expectUntouched = ({ outside }: Rig): void => {
  expect(readdirSync(outside)).toEqual(['secret']);
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
};

const expectStoreError = (error: unknown): void => expect(error).toBeInstanceOf(StoreError);

describe('a link in the folder of a store', () => {
  it('to a file outside is no object, and is replaced as a whole', async () => {
    await using rig = await openRig();
    const link = join(rig.folder, 'link');
    symlinkSync(join(rig.outside, 'secret'), link);
    await expectAbsent(rig.store, 'link');
    expect(await rig.store.remove('link')).toBe(false);
    await expectFailure(rig.store.put('link', text('content'), { ifAbsent: true }), 'CONFLICT');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    await rig.store.put('link', text('content'));
    expect(lstatSync(link).isFile()).toBe(true);
    expect(String(await readKey(rig.store, 'link'))).toBe('content');
    expectUntouched(rig);
  });

  it.each([
    ['outside', '../outside'],
    ['inside', 'inside'],
    ['nowhere', 'no/where'],
    ['round and round', 'link'],
  ])('to a folder, which leads %s, leads to no object and takes none', async (_, target) => {
    await using rig = await openRig();
    await rig.store.put('inside/secret', text('inside'));
    symlinkSync(target, join(rig.folder, 'link'));
    await expectAbsent(rig.store, 'link/secret');
    expect(await rig.store.remove('link/secret')).toBe(false);
    for (const key of ['link/secret', 'link/new', 'link/deep/new']) {
      const error = await expectFailure(rig.store.put(key, text('content')), 'CONFLICT');
      expect(error.message).toBe('nothing can be stored below link, which is a link');
    }
    expect((await rig.store.list()).objects.map(({ key }) => key)).toEqual(['inside/secret']);
    expect((await rig.store.list({ prefix: 'link/' })).objects).toEqual([]);
    expectUntouched(rig);
  });

  it('that comes and goes in the place of a folder never leads anything outside', async () => {
    await using rig = await openRig();
    await rig.store.put('swapped/secret', text('inside'));
    const script = join(import.meta.dirname, 'testing/programs/swap-for-link.ts');
    const words = [script, join(rig.folder, 'swapped'), rig.outside];
    const swapping = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void swapping.kill('SIGKILL'));
    await once(swapping.stdout, 'data');
    const outcomes = { found: 0, absent: 0 };
    for (let i = 0; i < 100; i += 1) {
      const found = await readKey(rig.store, 'swapped/secret');
      outcomes[found === undefined ? 'absent' : 'found'] += 1;
      expect(String(found ?? 'inside')).toBe('inside');
      // Stored or refused: what counts is where it does not go.
      await rig.store.put(`swapped/new-${i}`, text('content')).catch(expectStoreError);
      await rig.store.remove(`swapped/new-${i}`).catch(expectStoreError);
    }
    expect(swapping.exitCode).toBeNull();
    swapping.kill('SIGKILL');
    await once(swapping, 'exit');
    expect(outcomes.found).toBeGreaterThan(0);
    expect(outcomes.absent).toBeGreaterThan(0);
    expectUntouched(rig);
  });
});

describe('what is no plain file in the folder of a store', () => {
  it('is no object, and nobody waits for it', async () => {
    await using rig = await openRig();
    execFileSync('mkfifo', [join(rig.folder, 'pipe')]);
    const server = createServer().listen(join(rig.folder, 'socket'));
    await once(server, 'listening');
    for (const key of ['pipe', 'socket']) {
      await expectAbsent(rig.store, key);
      expect(await rig.store.remove(key)).toBe(false);
      expect(lstatSync(join(rig.folder, key)).isFile()).toBe(false);
    }
    server.close();
  });
});

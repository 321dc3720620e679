import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { currentOwner } from '../../kernel/index.ts';
import { readKey, sha256Of } from '../contract/content.ts';
import type { ObjectStore } from '../store.ts';
import { openFolderStore } from './open-folder-store.ts';
import { storeFolder } from './testing/store-folder.ts';

const KILLS = 12;

function startPutting(folder: string, seed: number): ChildProcess {
  const script = join(import.meta.dirname, 'testing/programs/put-until-killed.ts');
  const child = spawn(process.execPath, [script, folder, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Kills a process that stores after it has acknowledged so many objects; gives their keys. */
async function killAfter(child: ChildProcess, objects: number): Promise<string[]> {
  if (child.stdout === null) throw new Error('the process has no standard output');
  const keys: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (line !== 'started') keys.push(line);
    if (keys.length >= objects) child.kill('SIGKILL');
  }
  return keys;
}

/** Every object is what its key, and what is known of it, says. */
async function expectWhole(store: ObjectStore): Promise<string[]> {
  const { objects } = await store.list();
  for (const { key, sha256, mediaType, sizeBytes } of objects) {
    const found = await readKey(store, key);
    const digest = sha256Of(found ?? Buffer.alloc(0));
    expect({ sizeBytes, sha256, mediaType }).toEqual({
      sizeBytes: found?.length,
      sha256: digest,
      mediaType: digest,
    });
    if (!key.endsWith('same')) expect(key.slice(-64)).toBe(digest);
  }
  return objects.map(({ key }) => key);
}

describe('a process that is killed while it stores', () => {
  it('leaves whole objects, all that it acknowledged, and nothing else after the next opening', async () => {
    const folder = storeFolder();
    const acknowledged = new Set<string>();
    let sawHalfWritten = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = startPutting(folder, kill);
      for (const key of await killAfter(child, kill % 6)) acknowledged.add(key);
      if (existsSync(join(folder, '.slipway/tmp'))) {
        sawHalfWritten += readdirSync(join(folder, '.slipway/tmp')).length;
      }
    }
    expect(sawHalfWritten).toBeGreaterThan(0);
    await using store = await openFolderStore({ type: 'folder', folder });
    expect(readdirSync(join(folder, '.slipway/tmp'))).toEqual([]);
    const keys = await expectWhole(store);
    expect(keys).toEqual(expect.arrayContaining([...acknowledged]));
    await store.removeExpired({ now: Date.now() });
    expect(readdirSync(join(folder, '.slipway/meta'))).toHaveLength(keys.length);
  });
});

describe('opening a folder', () => {
  it('removes what is left of processes that are gone, and of nobody else', async () => {
    const folder = storeFolder();
    await openFolderStore({ type: 'folder', folder });
    const child = spawn('true');
    await once(child, 'close');
    const { process: own } = currentOwner();
    const [boot, namespace] = own.split('.');
    const part = (host: string): string => Buffer.from(host).toString('base64url');
    const names = {
      own: `${part(hostname())},${own},00`,
      gone: `${part(hostname())},${boot}.${namespace}.${child.pid}.1,01`,
      otherHost: `${part('elsewhere')},${boot}.${namespace}.${child.pid}.1,02`,
      otherContainer: `${part(hostname())},${boot}.1.${child.pid}.1,03`,
      otherBoot: `${part(hostname())},0000.${namespace}.${process.pid}.1,04`,
      stray: 'something else',
    };
    for (const name of Object.values(names)) writeFileSync(join(folder, '.slipway/tmp', name), 'half');
    await openFolderStore({ type: 'folder', folder });
    const { own: mine, otherHost, otherContainer, stray } = names;
    expect(new Set(readdirSync(join(folder, '.slipway/tmp')))).toEqual(
      new Set([mine, otherHost, otherContainer, stray]),
    );
  });
});

import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolderName, cacheNameOf } from './folder-name.ts';
import { type Caches, openCaches } from './open-caches.ts';

let folder: string;
let records: string[];
let caches: Caches;

const open = () => openCaches({ folder, record: (type) => records.push(type) });
const exists = (path: string) => stat(path).then(Boolean, () => false);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-caches-'));
  records = [];
  caches = await open();
});
afterEach(() => rm(folder, { recursive: true }));

describe('a named cache', () => {
  it('keeps what a run left for the next one', async () => {
    expect(caches.isEmpty).toBe(true);
    const first = await caches.acquire('build');
    await writeFile(join(first.folder, 'kept'), '');
    await first.release();
    const second = await caches.acquire('build');
    expect(second.folder).toBe(first.folder);
    expect(await readdir(second.folder)).toEqual(['kept']);
    expect(records).toEqual(['cache volume miss', 'cache volume release', 'cache volume hit']);
    expect(caches.isEmpty).toBe(false);
  });

  it('has a folder for each of two runs at once, and gives out the last used', async () => {
    const [first, second] = await Promise.all([caches.acquire('build'), caches.acquire('build')]);
    expect(second.folder).not.toBe(first.folder);
    await first.release();
    await second.release();
    await utimes(first.folder, 10, 10);
    expect((await caches.acquire('build')).folder).toBe(second.folder);
  });

  it('is known to a worker that starts later, and to one beside it, but not given to both', async () => {
    const first = await caches.acquire('build');
    const other = await open();
    expect(other.isEmpty).toBe(false);
    expect((await other.acquire('build')).folder).not.toBe(first.folder);
    await first.release();
    expect((await other.acquire('build')).folder).toBe(first.folder);
  });

  it('is free again when the worker that had it died', async () => {
    const first = await caches.acquire('build');
    const { hostname } = await import('node:os');
    const dead = { host: hostname(), process: 'another-boot.0.1.1' };
    await writeFile(`${first.folder}.lock`, JSON.stringify(dead));
    expect((await caches.acquire('build')).folder).toBe(first.folder);
  });

  it('takes over folders that other programs made', async () => {
    const made = join(folder, 'gecko-level-1', '4ea15cbc-53d2-4e8a-a3f3-8f16ac6f7b8f');
    await mkdir(made, { recursive: true });
    expect((await caches.acquire('gecko-level-1')).folder).toBe(made);
  });

  it('is purged by name, where it is older than the request; what is in use then goes later', async () => {
    const used = await caches.acquire('build');
    const free = await caches.acquire('build');
    await free.release();
    await caches.purge('build', 1);
    expect(await caches.collect({ all: false })).toEqual([]);
    await caches.purge('build', Date.now() + 60_000);
    const after = await caches.acquire('build');
    expect([used.folder, free.folder]).not.toContain(after.folder);
    expect(await caches.collect({ all: false })).toEqual(['build']);
    expect(await exists(used.folder)).toBe(true);
    await used.release();
    expect(await caches.collect({ all: false })).toEqual(['build']);
    expect(await exists(used.folder)).toBe(false);
  });

  it('is purged by the run that has it', async () => {
    const lease = await caches.acquire('build');
    await lease.purge();
    await lease.release();
    expect((await caches.acquire('build')).folder).not.toBe(lease.folder);
  });

  it('goes, the longest unused first, where space is wanted, but never while it is used', async () => {
    const [used, old, young] = [
      await caches.acquire('a'),
      await caches.acquire('b'),
      await caches.acquire('c'),
    ];
    await old.release();
    await young.release();
    await utimes(old.folder, 10, 10);
    const isEnough = async () => !(await exists(old.folder));
    expect(await caches.collect({ all: true, isEnough })).toEqual(['b']);
    expect(await caches.collect({ all: true })).toEqual(['c']);
    expect(await exists(used.folder)).toBe(true);
    await used.release();
    await caches.collect({ all: true });
    expect(await readdir(folder)).toEqual([]);
    expect(caches.isEmpty).toBe(true);
  });

  it('is out of reach of the other users of the machine, whatever root in a container leaves there', async () => {
    await chmod(folder, 0o755);
    await open();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const fresh = join(folder, 'volume', 'caches');
    await openCaches({ folder: fresh, record: () => undefined });
    expect((await stat(fresh)).mode & 0o777).toBe(0o700);
  });

  it('goes also when a task has nested folders deeper than a path can be', async () => {
    const lease = await caches.acquire('deep');
    const beside = await mkdtemp(join(tmpdir(), 'slipway-deep-'));
    // Put together from below: each part is short while it is moved.
    const name = 'x'.repeat(200);
    let tree = join(beside, 'tree');
    await mkdir(tree);
    await symlink(folder, join(tree, 'link'));
    for (let part = 0; part < 5; part += 1) {
      const above = join(beside, `part-${part}`);
      const lowest = join(above, ...Array<string>(14).fill(name));
      await mkdir(lowest, { recursive: true });
      await rename(tree, join(lowest, 'tree'));
      tree = above;
    }
    await rename(tree, join(lease.folder, 'tree'));
    await rm(beside, { recursive: true });
    await lease.release();
    const other = await caches.acquire('other');
    await other.release();
    expect((await caches.collect({ all: true })).toSorted()).toEqual(['deep', 'other']);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['..', '.', '../../etc', '/', 'a/b', 'a\0b', '%2E', '~x', 'ä', 'x'.repeat(1000)])(
    'is below its folder, whatever it is called: %j',
    async (name) => {
      const { folder: made } = await caches.acquire(name);
      expect(dirname(dirname(made))).toBe(folder);
      expect(relative(folder, made).split('/')).toHaveLength(2);
    },
  );

  it('shares its folder with no other, and is known again by it', () => {
    const names = ['a', 'a b', 'a%20b', '..', '%2E.', '.', 'A', '~', '~x', '/', 'ä'];
    expect(new Set(names.map(cacheFolderName)).size).toBe(names.length);
    for (const name of names) expect(cacheNameOf(cacheFolderName(name))).toBe(name);
    expect(cacheFolderName('gecko-level-3_x.y')).toBe('gecko-level-3_x.y');
  });
});

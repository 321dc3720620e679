import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TarItem } from '../../archive/index.ts';
import { openMemoryStore } from '../../store/memory/memory-store.ts';
import {
  once,
  readAll,
  storeTar,
  storeTarBytes,
  type WatchedStore,
  watchStore,
} from '../testing/stored-tars.ts';
import type { StoredTar } from './stored-tar.ts';
import { openTarEntry } from './tar-entry.ts';

const KEY = 'project-artifacts/app/run/output.tar';
const LARGE = Buffer.alloc(100_000, 'a large file ');

const ITEMS: readonly TarItem[] = [
  { type: 'folder', name: 'docs' },
  { type: 'file', name: 'docs/index.html', content: '<h1>hi</h1>' },
  { type: 'file', name: 'docs/größe "1".bin', content: LARGE },
  { type: 'file', name: 'implicit/deep/empty', content: '' },
  { type: 'link', name: 'latest', target: 'docs' },
  { type: 'link', name: 'docs/up', target: '../latest/../docs/index.html' },
  { type: 'link', name: 'absolute', target: '/etc/passwd' },
  { type: 'link', name: 'outside', target: '../../etc/passwd' },
  { type: 'link', name: 'almost', target: 'docs/../../output/docs' },
  { type: 'link', name: 'round', target: 'about' },
  { type: 'link', name: 'about', target: 'round' },
  { type: 'link', name: 'dangling', target: 'nowhere' },
];

let store: WatchedStore;
let tar: StoredTar;

beforeEach(async () => {
  store = watchStore(openMemoryStore());
  tar = await storeTar(store, KEY, ITEMS);
});

const open = (path: string, about: StoredTar = tar) => openTarEntry({ store, tar: about, path });

async function contentOf(path: string, about: StoredTar = tar) {
  const opened = await open(path, about);
  if (opened?.type !== 'file') throw new Error(`${path} is no file`);
  return opened.content;
}

describe('a file of a stored tar', () => {
  it('is a range of the tar, with its own name, type, time and digest', async () => {
    const content = await contentOf('docs/index.html');
    const sha256 = createHash('sha256').update('<h1>hi</h1>').digest('hex');
    expect(content).toMatchObject({
      sizeBytes: 11,
      etag: sha256,
      sha256,
      modifiedAt: 0,
      mediaType: expect.stringContaining('text/html'),
      fileName: 'index.html',
    });
    expect((await readAll(content)).toString()).toBe('<h1>hi</h1>');
    expect(store.opened.map(({ start, end }) => end - start)).toEqual([11]);
  });

  it('gives ranges, and opens no more than those', async () => {
    const content = await contentOf('docs/größe "1".bin');
    const part = await readAll(content, { start: 70_000, end: 70_010 });
    expect(part.equals(LARGE.subarray(70_000, 70_010))).toBe(true);
    expect(store.opened.map(({ start, end }) => end - start)).toEqual([10]);
    expect(await readAll(content, { start: 5, end: 5 })).toHaveLength(0);
    expect(store.opened).toHaveLength(1);
    expect(store.openNow).toBe(0);
  });

  it('may be empty', async () => {
    const content = await contentOf('implicit/deep/empty');
    expect([content.sizeBytes, (await readAll(content)).length]).toEqual([0, 0]);
  });

  it('is found over links in the artifact, and with slashes around', async () => {
    for (const path of ['latest/index.html', 'docs/up', 'latest/up', '/docs//index.html/', './docs/./up']) {
      expect((await readAll(await contentOf(path))).toString()).toBe('<h1>hi</h1>');
    }
  });

  it('is not looked for over links without end, however each of them is within bounds', async () => {
    const link = { type: 'link', mode: 0, modifiedAt: 0, sizeBytes: 0 } as const;
    const far = `${'a/'.repeat(800)}${'../'.repeat(800)}`;
    const chain = Array.from({ length: 40 }, (_, i) => ({
      ...link,
      path: `l${i}`,
      target: `${far}l${i + 1}`,
    }));
    const [end] = tar.entries.filter(({ path }) => path === 'docs/index.html');
    if (end === undefined) throw new Error('no such entry');
    const about = { ...tar, entries: [...chain, { ...end, path: 'l40' }] };
    expect(await open('l39', about)).toMatchObject({ type: 'file' });
    expect(await open('l0', about)).toBeUndefined();
  });

  it.each([
    'nothing',
    'docs/nothing',
    'docs/index.html/below',
    'doc',
    '..',
    '../output/docs/index.html',
    'docs/../../docs/index.html',
    'docs/../docs/index.html',
    'docs/..',
    'absolute',
    'outside',
    'almost/index.html',
    'round',
    'dangling',
    `${'./'.repeat(5000)}docs/index.html`,
  ])('is not there at %j', async (path) => {
    expect(await open(path)).toBeUndefined();
    expect(store.opened).toEqual([]);
  });

  it('is not looked for along a link that is longer than any system takes', async () => {
    const target = `${'./'.repeat(500_000)}docs`;
    const entries = tar.entries.map((entry) => (entry.path === 'latest' ? { ...entry, target } : entry));
    expect(await open('latest/index.html', { ...tar, entries })).toBeUndefined();
  });

  it('says where a folder is, also one without an entry', async () => {
    expect(await open('')).toEqual({ type: 'folder', path: '' });
    expect(await open('/latest/')).toEqual({ type: 'folder', path: 'docs' });
    expect(await open('implicit')).toEqual({ type: 'folder', path: 'implicit' });
  });

  it('is not there when the tar is gone', async () => {
    await store.remove(KEY);
    expect(await open('docs/index.html')).toBeUndefined();
  });

  it('is never of another tar than the one that was described', async () => {
    const content = await contentOf('docs/index.html');
    const other = Buffer.alloc(tar.sizeBytes, 'x');
    await store.put(KEY, once(other));
    await expect(open('docs/index.html')).rejects.toMatchObject({ code: 'CHANGED' });
    await expect(readAll(content)).rejects.toMatchObject({ code: 'CHANGED' });
    await store.put(KEY, once(other.subarray(1)));
    await expect(open('docs/index.html')).rejects.toThrow(/is not what is known of it: expected \d+ bytes/);
    await store.remove(KEY);
    await expect(readAll(content)).rejects.toThrow('was removed while it was read');
  });

  it('is not looked for outside of the tar, whatever a description says', async () => {
    const entries = tar.entries.map((entry) => ({ ...entry, offset: tar.sizeBytes - 5 }));
    await expect(open('docs/index.html', { ...tar, entries })).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  it('without a digest is named by its place in the tar', async () => {
    const entries = tar.entries.map(({ sha256: _unknown, mediaType: _none, ...entry }) => entry);
    const content = await contentOf('docs/index.html', { ...tar, entries });
    expect(content.etag).toBe(`${tar.sha256}-${entries[1]?.offset}-11`);
    expect([content.mediaType, content.sha256]).toEqual(['application/octet-stream', undefined]);
  });
});

describe('hard links of a tar', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-tar-entry-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('give what the file has that they lead to', async () => {
    mkdirSync(join(folder, 'output'));
    writeFileSync(join(folder, 'output/a'), 'shared');
    linkSync(join(folder, 'output/a'), join(folder, 'output/b'));
    const bytes = execFileSync('tar', ['-C', folder, '-cf', '-', 'output/a', 'output/b']);
    const linked = await storeTarBytes(store, 'linked.tar', bytes);
    expect((await readAll(await contentOf('b', linked))).toString()).toBe('shared');
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { manifestKey } from '../../artifacts/index.ts';
import { openMemoryStore } from '../../store/memory/memory-store.ts';
import { once, readAll, storeTar, type WatchedStore, watchStore } from '../testing/stored-tars.ts';
import { readCachedManifest } from './cached-manifest.ts';
import { type ContentCache, createContentCache } from './content-cache.ts';
import { indexStoredTar } from './index-stored-tar.ts';
import { openTarEntry } from './tar-entry.ts';

const KEY = 'project-artifacts/app/run/output.tar';

let store: WatchedStore;
let cache: ContentCache;

beforeEach(() => {
  store = watchStore(openMemoryStore());
  cache = createContentCache();
});

describe('indexStoredTar', () => {
  const items = [{ type: 'file', name: 'a', content: 'in a' }] as const;

  it('describes a tar as its manifest would', async () => {
    const described = await storeTar(store, KEY, items);
    const tar = await indexStoredTar({ store, key: KEY, cache });
    expect(tar).toEqual({ ...described, storedAt: expect.any(Number) });
  });

  it('reads it once for all who ask, until another tar is there', async () => {
    await storeTar(store, KEY, items);
    const ask = () => indexStoredTar({ store, key: KEY, cache });
    const [first, second] = await Promise.all([ask(), ask()]);
    expect([await ask(), second]).toEqual([first, first]);
    expect(store.opened).toHaveLength(1);
    await storeTar(store, KEY, [{ type: 'file', name: 'b', content: 'in b' }]);
    const tar = await ask();
    expect(tar?.entries.map(({ path }) => path)).toEqual(['b']);
    const opened = tar && (await openTarEntry({ store, tar, path: 'b' }));
    if (opened?.type !== 'file') throw new Error('b is no file');
    expect((await readAll(opened.content)).toString()).toBe('in b');
  });

  it('goes on for the others when one of them leaves', async () => {
    await storeTar(store, KEY, items);
    const leaving = new AbortController();
    const left = indexStoredTar({ store, key: KEY, cache, signal: leaving.signal });
    const stays = indexStoredTar({ store, key: KEY, cache });
    leaving.abort(new Error('the client left'));
    await expect(left).rejects.toThrow('the client left');
    expect((await stays)?.entries).toHaveLength(1);
    expect(store.openNow).toBe(0);
  });

  it('says that there is none, and what is none', async () => {
    expect(await indexStoredTar({ store, key: KEY, cache })).toBeUndefined();
    await store.put(KEY, once(Buffer.alloc(2000, 'no tar')));
    await expect(indexStoredTar({ store, key: KEY, cache })).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(store.openNow).toBe(0);
  });
});

describe('readCachedManifest', () => {
  const manifest = {
    version: 1,
    runId: 'r',
    name: 'output',
    fileName: 'output.tar',
    key: KEY,
    sizeBytes: 0,
    sha256: '0'.repeat(64),
    crc32: 0,
    mediaType: 'application/x-tar',
    storedAt: 1,
    entries: [],
  } as const;
  const put = (about: object) => store.put(manifestKey(KEY), once(Buffer.from(JSON.stringify(about))));

  it('reads a manifest once for as long as it is the same', async () => {
    expect(await readCachedManifest({ store, key: KEY, cache })).toBeUndefined();
    await put(manifest);
    for (let i = 0; i < 3; i += 1) {
      expect(await readCachedManifest({ store, key: KEY, cache })).toEqual(manifest);
    }
    expect(store.opened).toHaveLength(1);
    await put({ ...manifest, storedAt: 2 });
    expect(await readCachedManifest({ store, key: KEY, cache })).toMatchObject({ storedAt: 2 });
  });

  it('keeps nothing of one that is damaged', async () => {
    await put({ ...manifest, version: 2 });
    await expect(readCachedManifest({ store, key: KEY, cache })).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(cache.heldBytes).toBe(0);
  });
});

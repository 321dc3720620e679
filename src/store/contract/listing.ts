import { describe, expect, it } from 'vitest';
import type { ListOptions, ObjectStore, StoredObject } from '../store.ts';
import { byBytes, text } from './content.ts';
import { openRig, refuseWarnings, type StoreContractOptions } from './rig.ts';

/** In the order of a listing. */
const KEYS = [
  'a-b',
  'a-b.txt',
  'a/b',
  'a/b-c',
  'a/c/d',
  'a/c/e',
  'a0',
  'ab/c',
  'b',
  'ﬀ', // U+FB00 comes before what is beyond U+FFFF, though not in the order of UTF-16
  '😀/x',
];

async function fill(store: ObjectStore, keys: readonly string[] = KEYS): Promise<void> {
  for (const key of keys.toReversed()) await store.put(key, text(`content of ${key}`));
}

/** All pages of a listing. */
async function listAll(store: ObjectStore, options: ListOptions): Promise<StoredObject[][]> {
  const pages: StoredObject[][] = [];
  for (let after = options.after; ; ) {
    const page = await store.list({ ...options, ...(after === undefined ? {} : { after }) });
    pages.push([...page.objects]);
    if (page.next === undefined) return pages;
    after = page.next;
  }
}

const keysOf = (objects: readonly StoredObject[]): string[] => objects.map(({ key }) => key);

export function describeListing(options: StoreContractOptions): void {
  describe('listing', () => {
    refuseWarnings();

    it('gives nothing of an empty store', async () => {
      await using rig = await openRig(options);
      expect(await rig.store.list()).toEqual({ objects: [] });
    });

    it('is in the order of the bytes of whole keys', async () => {
      await using rig = await openRig(options);
      await fill(rig.store);
      expect(keysOf((await rig.store.list()).objects)).toEqual(KEYS);
    });

    it('says of an object what looking at it says', async () => {
      await using rig = await openRig(options);
      await rig.store.put('object', text('content'));
      const [listed] = (await rig.store.list()).objects;
      const found = await rig.store.head('object');
      expect(listed).toMatchObject({ key: 'object', sizeBytes: 7 });
      expect(listed?.version).toBe(found?.version);
      expect([undefined, found?.sha256]).toContain(listed?.sha256);
    });

    it.each([1, 2, 3, KEYS.length - 1, KEYS.length, KEYS.length + 1, 1000])(
      'names each object once, in pages of at most %i',
      async (limit) => {
        await using rig = await openRig(options);
        await fill(rig.store);
        const pages = await listAll(rig.store, { limit });
        for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
        expect(keysOf(pages.flat())).toEqual(KEYS);
      },
    );

    it.each([
      ['a', KEYS.slice(0, 8)],
      ['a/', ['a/b', 'a/b-c', 'a/c/d', 'a/c/e']],
      ['a/b', ['a/b', 'a/b-c']],
      ['a/c', ['a/c/d', 'a/c/e']],
      ['a/c/', ['a/c/d', 'a/c/e']],
      ['a/c/d', ['a/c/d']],
      ['a/c/d/', []],
      ['a-', ['a-b', 'a-b.txt']],
      ['c', []],
      ['no/where/', []],
      ['😀', ['😀/x']],
      ['../', []],
      ['.slipway/', []],
      ['/', []],
    ])('gives what begins with %j', async (prefix, expected) => {
      await using rig = await openRig(options);
      await fill(rig.store);
      for (const limit of [1, 1000]) {
        expect(keysOf((await listAll(rig.store, { prefix, limit })).flat())).toEqual(expected);
      }
    });

    it('begins after any text, whether or not it is a key that is there', async () => {
      await using rig = await openRig(options);
      await fill(rig.store);
      for (const after of [
        '',
        'a',
        'a-b',
        'a/',
        'a/b',
        'a/b!',
        'a/c',
        'a/c/d',
        'a/c/~',
        'a/~',
        'aa',
        'b',
        'ﬀ',
      ]) {
        const expected = KEYS.filter((key) => byBytes(key, after) > 0);
        expect(keysOf((await rig.store.list({ after })).objects), `after ${after}`).toEqual(expected);
      }
      expect(keysOf((await rig.store.list({ after: '😀/x' })).objects)).toEqual([]);
    });

    it('begins after a text within a prefix', async () => {
      await using rig = await openRig(options);
      await fill(rig.store);
      const list = async (prefix: string, after: string): Promise<string[]> =>
        keysOf((await rig.store.list({ prefix, after })).objects);
      expect(await list('a/', 'a/b')).toEqual(['a/b-c', 'a/c/d', 'a/c/e']);
      expect(await list('a/', 'a')).toEqual(['a/b', 'a/b-c', 'a/c/d', 'a/c/e']);
      expect(await list('a/c', 'a/c/d')).toEqual(['a/c/e']);
      expect(await list('a/', 'b')).toEqual([]);
    });

    it('goes through more objects than fit into one page', async () => {
      await using rig = await openRig(options);
      const keys = Array.from(
        { length: 120 },
        (_, i) => `many/${String(i % 7)}/${String(i).padStart(4, '0')}`,
      );
      await fill(rig.store, keys);
      expect(keysOf((await listAll(rig.store, { prefix: 'many/', limit: 50 })).flat())).toEqual(
        keys.toSorted(byBytes),
      );
    });
  });
}

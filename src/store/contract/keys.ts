import { describe, expect, it } from 'vitest';
import { byBytes, readKey, text } from './content.ts';
import { expectFailure } from './failure.ts';
import { openRig, refuseWarnings, type StoreContractOptions } from './rig.ts';

const PART = 'p'.repeat(255);

const GOOD = [
  'a',
  '...',
  '..a',
  '.hidden/.file',
  'with space/ leading and trailing ',
  'per%2Fcent%00/100%',
  'plus+and&and=and?and#/;,:@!$\'()*[]"<>|~^`{}',
  'back\\slash/..\\up',
  'a.tar.manifest.json',
  'naïve/caf\u00e9',
  'naïve/cafe\u0301', // the same word to a reader, and another key
  '日本語/😀/ﬀ',
  'folder/.slipway',
  PART,
  ['o'.repeat(255), PART, PART, 'q'.repeat(132)].join('/'), // 900 bytes
  'é'.repeat(127), // 254 bytes
];

const BAD = [
  '',
  '/',
  '/absolute',
  'trailing/',
  'double//slash',
  '.',
  '..',
  '../up',
  'a/../b',
  'a/..',
  './a',
  'a/./b',
  '.slipway',
  '.slipway/meta/x',
  'nul\0byte',
  'new\nline',
  'delete\u007f',
  'lone\ud800surrogate',
  `${PART}p`,
  'é'.repeat(128), // 256 bytes
  [PART, PART, PART, 'q'.repeat(133)].join('/'), // 901 bytes
];

const shown = (key: string): string => (key.length > 40 ? `${key.slice(0, 40)}… (${key.length})` : key);

export function describeKeys(options: StoreContractOptions): void {
  describe('keys', () => {
    refuseWarnings();

    it('are told apart, whatever is in them', async () => {
      await using rig = await openRig(options);
      for (const key of GOOD) await rig.store.put(key, text(`under ${key}`));
      for (const key of GOOD) {
        expect(String(await readKey(rig.store, key)), shown(key)).toBe(`under ${key}`);
        expect((await rig.store.head(key))?.key).toBe(key);
      }
      const { objects } = await rig.store.list();
      expect(objects.map(({ key }) => key)).toEqual(GOOD.toSorted(byBytes));
      for (const key of GOOD) expect(await rig.store.remove(key), shown(key)).toBe(true);
      expect(await rig.store.list()).toEqual({ objects: [] });
    });

    it.each(BAD.map((key) => [JSON.stringify(shown(key)), key]))('that are none: %s', async (_, key) => {
      await using rig = await openRig(options);
      await expectFailure(rig.store.put(key, text('content')), 'INVALID_KEY');
      await expectFailure(rig.store.head(key), 'INVALID_KEY');
      await expectFailure(rig.store.open(key), 'INVALID_KEY');
      await expectFailure(rig.store.remove(key), 'INVALID_KEY');
      expect(await rig.store.list()).toEqual({ objects: [] });
    });

    it('below another object: both are kept, or the second is refused', async () => {
      for (const [first, second] of [
        ['a', 'a/b'],
        ['a/b/c', 'a/b'],
      ] as const) {
        await using rig = await openRig(options);
        await rig.store.put(first, text('first'));
        const put = await rig.store.put(second, text('second')).catch((error: unknown) => error);
        expect(String(await readKey(rig.store, first))).toBe('first');
        if (put instanceof Error) expect(put).toMatchObject({ code: 'CONFLICT' });
        else expect(String(await readKey(rig.store, second))).toBe('second');
      }
    });
  });
}

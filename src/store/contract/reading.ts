import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../store.ts';
import { bytesOf, expectBytes, lend, readKey, text } from './content.ts';
import { expectFailure } from './failure.ts';
import { openRig, refuseWarnings, type StoreContractOptions } from './rig.ts';

const SIZE = 1_000_003;

/** A name for the test, what is asked for, and what comes. */
const RANGES: readonly (readonly [string, ByteRange, ByteRange])[] = [
  ['all', { start: 0, end: SIZE }, { start: 0, end: SIZE }],
  ['the first byte', { start: 0, end: 1 }, { start: 0, end: 1 }],
  ['the last byte', { start: SIZE - 1, end: SIZE }, { start: SIZE - 1, end: SIZE }],
  ['a middle', { start: 65_535, end: 700_001 }, { start: 65_535, end: 700_001 }],
  ['nothing at the start', { start: 0, end: 0 }, { start: 0, end: 0 }],
  ['nothing in the middle', { start: 500, end: 500 }, { start: 500, end: 500 }],
  ['what reaches beyond the end', { start: 999_999, end: 5_000_000 }, { start: 999_999, end: SIZE }],
  ['what begins at the end', { start: SIZE, end: SIZE + 1 }, { start: SIZE, end: SIZE }],
  ['what begins beyond the end', { start: SIZE + 10, end: SIZE + 20 }, { start: SIZE, end: SIZE }],
];

export function describeReading(options: StoreContractOptions): void {
  describe('reading', () => {
    refuseWarnings();

    it.each(RANGES)('gives %s of an object', async (_, range, expected) => {
      await using rig = await openRig(options);
      const bytes = bytesOf(SIZE);
      await rig.store.put('object', lend(bytes));
      await using content = await rig.store.open('object', { range });
      expect(content?.range).toEqual(expected);
      expect(content?.object.sizeBytes).toBe(SIZE);
      expectBytes(
        await readKey(rig.store, 'object', { range }),
        bytes.subarray(expected.start, expected.end),
      );
    });

    it('gives nothing of an empty object, whatever range is asked for', async () => {
      await using rig = await openRig(options);
      await rig.store.put('object', text(''));
      for (const range of [undefined, { start: 0, end: 1 }, { start: 5, end: 9 }]) {
        const content = await readKey(rig.store, 'object', range && { range });
        expect(content?.length).toBe(0);
      }
    });

    it('takes the version that is asked for, and no other one', async () => {
      await using rig = await openRig(options);
      const { version } = await rig.store.put('object', text('first'));
      expect(String(await readKey(rig.store, 'object', { ifVersion: version }))).toBe('first');
      await rig.store.put('object', text('other'));
      await expectFailure(rig.store.open('object', { ifVersion: version }), 'CHANGED');
      const range = { start: 1, end: 3 };
      await expectFailure(rig.store.open('object', { ifVersion: version, range }), 'CHANGED');
      await rig.store.remove('object');
      expect(await rig.store.open('object', { ifVersion: version })).toBeUndefined();
    });

    it('gives chunks that are not empty', async () => {
      await using rig = await openRig(options);
      await rig.store.put('object', lend(bytesOf(300_000)));
      await using content = await rig.store.open('object');
      if (content === undefined) throw new Error('the object is absent');
      for await (const chunk of content) expect(chunk.length).toBeGreaterThan(0);
    });

    it('can be left before the end, or before the start', async () => {
      await using rig = await openRig(options);
      await rig.store.put('object', lend(bytesOf(2_000_000)));
      for (let i = 0; i < 20; i += 1) {
        await using content = await rig.store.open('object');
        expect(content).toBeDefined();
        if (i % 2 === 0 || content === undefined) continue;
        for await (const _ of content) break;
      }
      expectBytes(await readKey(rig.store, 'object'), bytesOf(2_000_000));
    });
  });
}

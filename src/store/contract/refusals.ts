import { describe, expect, it } from 'vitest';
import type { PutOptions } from '../store.ts';
import { bytesOf, expectAbsent, expectBytes, lend, readKey, sha256Of, text } from './content.ts';
import { expectFailure } from './failure.ts';
import { openRig, refuseWarnings, type StoreContractOptions } from './rig.ts';

const CONTENT = bytesOf(200_000);
const SHA256 = sha256Of(CONTENT);

const WRONG: readonly (readonly [string, PutOptions, 'SIZE_MISMATCH' | 'DIGEST_MISMATCH'])[] = [
  ['is one byte shorter', { sizeBytes: CONTENT.length + 1 }, 'SIZE_MISMATCH'],
  ['is one byte longer', { sizeBytes: CONTENT.length - 1 }, 'SIZE_MISMATCH'],
  ['is not empty', { sizeBytes: 0 }, 'SIZE_MISMATCH'],
  ['is shorter, with its own digest', { sizeBytes: CONTENT.length + 1, sha256: SHA256 }, 'SIZE_MISMATCH'],
  ['is another', { sha256: sha256Of(bytesOf(200_000, 2)) }, 'DIGEST_MISMATCH'],
  [
    'is another of the same size',
    { sha256: sha256Of(bytesOf(200_000, 2)), sizeBytes: CONTENT.length },
    'DIGEST_MISMATCH',
  ],
];

async function* failing(error: Error): AsyncGenerator<Uint8Array> {
  yield* lend(CONTENT);
  throw error;
}

export function describeRefusals(options: StoreContractOptions): void {
  describe('refusing a content', () => {
    refuseWarnings();

    it.each(WRONG)('that %s than it was told stores nothing', async (_, told, code) => {
      await using rig = await openRig(options);
      const error = await expectFailure(rig.store.put('folder/object', lend(CONTENT), told), code);
      expect(error.message).toContain('folder/object');
      await expectAbsent(rig.store, 'folder/object');
      expect(await rig.store.list()).toEqual({ objects: [] });
    });

    it.each(WRONG)('that %s than it was told leaves what was there', async (_, told, code) => {
      await using rig = await openRig(options);
      await rig.store.put('object', text('before'), { mediaType: 'text/plain' });
      const before = await rig.store.head('object');
      await expectFailure(rig.store.put('object', lend(CONTENT), told), code);
      expect(await rig.store.head('object')).toEqual(before);
      expect(String(await readKey(rig.store, 'object'))).toBe('before');
    });

    it('that breaks off in the middle throws what it threw, and leaves what was there', async () => {
      await using rig = await openRig(options);
      const broken = new Error('the source broke');
      await rig.store.put('object', text('before'));
      await expect(rig.store.put('object', failing(broken))).rejects.toBe(broken);
      await expect(rig.store.put('other', failing(broken))).rejects.toBe(broken);
      expect(String(await readKey(rig.store, 'object'))).toBe('before');
      await expectAbsent(rig.store, 'other');
    });

    it('that breaks off before its first byte stores nothing', async () => {
      await using rig = await openRig(options);
      const broken = new Error('the source broke');
      const content = (async function* (): AsyncGenerator<Uint8Array> {
        if (rig.clock.now > 0) throw broken;
        yield Buffer.alloc(1);
      })();
      await expect(rig.store.put('object', content)).rejects.toBe(broken);
      await expectAbsent(rig.store, 'object');
    });

    it('lets a good one follow', async () => {
      await using rig = await openRig(options);
      const wrong = { sha256: sha256Of(Buffer.from('other')) };
      await expectFailure(rig.store.put('object', lend(CONTENT), wrong), 'DIGEST_MISMATCH');
      await rig.store.put('object', lend(CONTENT), { sha256: SHA256, sizeBytes: CONTENT.length });
      expectBytes(await readKey(rig.store, 'object'), CONTENT);
    });

    it('under a key that is taken, where it has to be free', async () => {
      await using rig = await openRig(options);
      await rig.store.put('object', text('first'), { ifAbsent: true });
      await expectFailure(rig.store.put('object', text('second'), { ifAbsent: true }), 'EXISTS');
      expect(String(await readKey(rig.store, 'object'))).toBe('first');
      await rig.store.remove('object');
      await rig.store.put('object', text('third'), { ifAbsent: true });
      expect(String(await readKey(rig.store, 'object'))).toBe('third');
    });

    it('closes the source that it does not read to its end', async () => {
      await using rig = await openRig(options);
      let closed = false;
      const content = (async function* () {
        try {
          yield* lend(CONTENT);
        } finally {
          closed = true;
        }
      })();
      await expectFailure(rig.store.put('object', content, { sizeBytes: 10 }), 'SIZE_MISMATCH');
      expect(closed).toBe(true);
    });
  });
}

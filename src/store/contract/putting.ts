import { describe, expect, it } from 'vitest';
import { bytesOf, expectBytes, lend, readKey, sha256Of, text } from './content.ts';
import { openRig, refuseWarnings, type StoreContractOptions } from './rig.ts';

const SIZES = [0, 1, 9_999, 10_000, 10_001, 65_536, 1_000_003, 9 * 1024 * 1024 + 1];

export function describePutting(options: StoreContractOptions): void {
  describe('putting', () => {
    refuseWarnings();

    it.each(SIZES)('stores a content of %i bytes that comes in borrowed chunks', async (sizeBytes) => {
      await using rig = await openRig(options);
      const bytes = bytesOf(sizeBytes);
      const put = await rig.store.put('folder/object', lend(bytes));
      expect(put).toMatchObject({ key: 'folder/object', sizeBytes, sha256: sha256Of(bytes) });
      expectBytes(await readKey(rig.store, 'folder/object'), bytes);
    });

    it('does not care how a content is cut into chunks', async () => {
      await using rig = await openRig(options);
      const bytes = bytesOf(300_000);
      for (const chunkBytes of [997, 65_536, 300_000]) {
        const { sha256 } = await rig.store.put('object', lend(bytes, chunkBytes));
        expect(sha256).toBe(sha256Of(bytes));
        expectBytes(await readKey(rig.store, 'object'), bytes);
      }
    });

    it('takes empty chunks for nothing', async () => {
      await using rig = await openRig(options);
      await rig.store.put(
        'object',
        (async function* () {
          yield Buffer.alloc(0);
          yield Buffer.from('a');
          yield Buffer.alloc(0);
          yield Buffer.from('b');
          yield Buffer.alloc(0);
        })(),
      );
      expect(String(await readKey(rig.store, 'object'))).toBe('ab');
    });

    it('takes a content whose size and digest it was told', async () => {
      await using rig = await openRig(options);
      const bytes = bytesOf(123_456);
      const sha256 = sha256Of(bytes);
      await rig.store.put('object', lend(bytes), { sizeBytes: bytes.length, sha256 });
      expect(await rig.store.head('object')).toMatchObject({ sizeBytes: bytes.length, sha256 });
      expectBytes(await readKey(rig.store, 'object'), bytes);
    });

    it('takes an empty content whose size and digest it was told', async () => {
      await using rig = await openRig(options);
      const sha256 = sha256Of(Buffer.alloc(0));
      await rig.store.put('object', lend(Buffer.alloc(0)), { sizeBytes: 0, sha256 });
      expect(await rig.store.head('object')).toMatchObject({ sizeBytes: 0, sha256 });
    });

    it('says of an object what it was told, and never a wrong digest', async () => {
      await using rig = await openRig(options);
      const put = await rig.store.put('object', text('content'), { mediaType: 'application/x-tar' });
      const found = await rig.store.head('object');
      expect(found).toMatchObject({ key: 'object', sizeBytes: 7, mediaType: 'application/x-tar' });
      expect(found?.version).toBe(put.version);
      expect(found?.version).toMatch(/^[!#-~]+$/);
      expect([undefined, sha256Of(Buffer.from('content'))]).toContain(found?.sha256);
      expect(found?.expiresAt).toBeUndefined();
      expect(Math.abs((found?.modifiedAt ?? 0) - Date.now())).toBeLessThan(60_000);
      await using content = await rig.store.open('object');
      expect(content?.object).toEqual(found);
    });

    it('replaces an object with all that is said of it', async () => {
      await using rig = await openRig(options);
      const told = { mediaType: 'text/plain', expiresAt: rig.clock.now + 60_000 };
      const first = await rig.store.put('object', text('first and longer'), told);
      const second = await rig.store.put('object', text('second'));
      expect(second.version).not.toBe(first.version);
      const found = await rig.store.head('object');
      expect(found).toMatchObject({ sizeBytes: 6, version: second.version });
      expect(found?.mediaType).not.toBe('text/plain');
      expect(found?.expiresAt).toBeUndefined();
      expect(String(await readKey(rig.store, 'object'))).toBe('second');
    });

    it('knows nothing of a key that nothing was put under', async () => {
      await using rig = await openRig(options);
      await rig.store.put('folder/object', text('content'));
      for (const key of ['folder', 'folder/other', 'folder/object2', 'obj', 'folder/object/below']) {
        expect(await rig.store.head(key)).toBeUndefined();
        expect(await rig.store.open(key)).toBeUndefined();
        expect(await rig.store.remove(key)).toBe(false);
      }
    });
  });
}

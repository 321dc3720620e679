import { describe, expect, it } from 'vitest';
import { StoreError } from '../error.ts';
import { bytesOf, expectAbsent, lend, readContent, readKey, text } from './content.ts';
import { openRig, refuseWarnings, type StoreContractOptions } from './rig.ts';

export function describeRemoving(options: StoreContractOptions): void {
  describe('removing', () => {
    refuseWarnings();

    it('takes an object away, and says whether there was one', async () => {
      await using rig = await openRig(options);
      await rig.store.put('folder/object', text('content'));
      expect(await rig.store.remove('folder/object')).toBe(true);
      expect(await rig.store.remove('folder/object')).toBe(false);
      await expectAbsent(rig.store, 'folder/object');
      expect(await rig.store.list()).toEqual({ objects: [] });
    });

    it('leaves the neighbours', async () => {
      await using rig = await openRig(options);
      for (const key of ['a/b', 'a/bc', 'a/d', 'a-b']) await rig.store.put(key, text(key));
      await rig.store.remove('a/b');
      expect((await rig.store.list()).objects.map(({ key }) => key)).toEqual(['a-b', 'a/bc', 'a/d']);
      expect(String(await readKey(rig.store, 'a/bc'))).toBe('a/bc');
    });

    it('makes room for keys above and below', async () => {
      await using rig = await openRig(options);
      await rig.store.put('a/b/c', text('deep'));
      await rig.store.remove('a/b/c');
      await rig.store.put('a', text('shallow'));
      expect(String(await readKey(rig.store, 'a'))).toBe('shallow');
      await rig.store.remove('a');
      await rig.store.put('a/b', text('deep again'));
      expect(String(await readKey(rig.store, 'a/b'))).toBe('deep again');
    });

    it('lets what is being read be read to its end, or says that it is gone', async () => {
      await using rig = await openRig(options);
      const bytes = bytesOf(4_000_000);
      await rig.store.put('object', lend(bytes));
      const content = await rig.store.open('object');
      if (content === undefined) throw new Error('the object is absent');
      expect(await rig.store.remove('object')).toBe(true);
      const found = await readContent(content).catch((error: unknown) => error);
      if (!(found instanceof StoreError)) expect(Buffer.isBuffer(found) && found.equals(bytes)).toBe(true);
    });

    it('forgets what was said of an object', async () => {
      await using rig = await openRig(options);
      const told = { mediaType: 'text/plain', expiresAt: rig.clock.now + 1000 };
      await rig.store.put('object', text('content'), told);
      await rig.store.remove('object');
      await rig.store.put('object', text('content'));
      rig.clock.now += 2000;
      const found = await rig.store.head('object');
      expect(found).toBeDefined();
      expect(found?.mediaType).not.toBe('text/plain');
    });
  });
}

import { describe, expect, it } from 'vitest';
import { byBytes, readKey, text } from './content.ts';
import { openRig, refuseWarnings, type StoreContractOptions, type StoreRig } from './rig.ts';

/** `a/1` expires after one second, `a/2` after two, `b/1` after one, `b/0` never. */
async function fill({ store, clock }: StoreRig): Promise<void> {
  await store.put('a/1', text('one'), { expiresAt: clock.now + 1000 });
  await store.put('a/2', text('two'), { expiresAt: clock.now + 2000 });
  await store.put('b/1', text('one'), { expiresAt: clock.now + 1000 });
  await store.put('b/0', text('never'));
}

export function describeExpiry(options: StoreContractOptions): void {
  describe('expiry', () => {
    refuseWarnings();

    it('is told back, to the millisecond', async () => {
      await using rig = await openRig(options);
      await fill(rig);
      expect((await rig.store.head('a/1'))?.expiresAt).toBe(rig.clock.now + 1000);
      expect((await rig.store.head('b/0'))?.expiresAt).toBeUndefined();
    });

    it('makes an object absent from its moment on, and not before', async () => {
      await using rig = await openRig(options);
      await fill(rig);
      rig.clock.now += 999;
      expect(String(await readKey(rig.store, 'a/1'))).toBe('one');
      rig.clock.now += 1;
      expect(await rig.store.head('a/1')).toBeUndefined();
      expect(await rig.store.open('a/1')).toBeUndefined();
      expect(await rig.store.remove('a/1')).toBe(false);
      expect(String(await readKey(rig.store, 'a/2'))).toBe('two');
    });

    it('frees the key', async () => {
      await using rig = await openRig(options);
      await fill(rig);
      rig.clock.now += 1000;
      await rig.store.put('a/1', text('another'), { ifAbsent: true });
      expect(String(await readKey(rig.store, 'a/1'))).toBe('another');
      await rig.store.put('b/1', text('another'));
      expect(String(await readKey(rig.store, 'b/1'))).toBe('another');
    });

    it('is when objects under a prefix are removed, and no others', async () => {
      await using rig = await openRig(options);
      await fill(rig);
      const now = rig.clock.now + 1000;
      expect(await rig.store.removeExpired({ now: now - 1 })).toEqual([]);
      expect(await rig.store.removeExpired({ prefix: 'a/', now })).toEqual(['a/1']);
      expect((await rig.store.list()).objects.map(({ key }) => key)).toEqual(['a/2', 'b/0', 'b/1']);
      const removed = await rig.store.removeExpired({ now: now + 1000 });
      expect(removed.toSorted(byBytes)).toEqual(['a/2', 'b/1']);
      expect((await rig.store.list()).objects.map(({ key }) => key)).toEqual(['b/0']);
      expect(await rig.store.removeExpired({ now: now + 1_000_000 })).toEqual([]);
    });

    it('does not remove what has taken the place of an expired object', async () => {
      await using rig = await openRig(options);
      await fill(rig);
      await rig.store.put('a/1', text('for longer'), { expiresAt: rig.clock.now + 5000 });
      await rig.store.put('b/1', text('for ever'));
      expect(await rig.store.removeExpired({ now: rig.clock.now + 1000 })).toEqual([]);
      rig.clock.now += 1000;
      expect(String(await readKey(rig.store, 'a/1'))).toBe('for longer');
      expect(String(await readKey(rig.store, 'b/1'))).toBe('for ever');
    });
  });
}

import { describe, expect, it } from 'vitest';
import { StoreError } from '../error.ts';
import {
  byBytes,
  bytesOf,
  expectAbsent,
  expectBytes,
  lend,
  readContent,
  readKey,
  sha256Of,
  text,
} from './content.ts';
import { openRig, refuseWarnings, type StoreContractOptions } from './rig.ts';

/** A content that waits in its middle until it is let go. */
function gated(bytes: Buffer): {
  content: AsyncIterable<Uint8Array>;
  inMiddle: Promise<void>;
  go: () => void;
} {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const middle = Math.floor(bytes.length / 2);
  const content = (async function* () {
    yield* lend(bytes.subarray(0, middle));
    reached.resolve();
    await gate.promise;
    yield* lend(bytes.subarray(middle));
  })();
  return { content, inMiddle: reached.promise, go: gate.resolve };
}

export function describeRaces(options: StoreContractOptions): void {
  describe('at the same time', () => {
    refuseWarnings();

    it('shows nothing of an object before it is whole', async () => {
      await using rig = await openRig(options);
      const bytes = bytesOf(500_000);
      const { content, inMiddle, go } = gated(bytes);
      const put = rig.store.put('folder/object', content);
      await Promise.race([inMiddle, put]);
      await expectAbsent(rig.store, 'folder/object');
      expect(await rig.store.list()).toEqual({ objects: [] });
      go();
      await put;
      expectBytes(await readKey(rig.store, 'folder/object'), bytes);
    });

    it('shows the object before, as long as the one that replaces it is not whole', async () => {
      await using rig = await openRig(options);
      await rig.store.put('object', text('before'));
      const { content, inMiddle, go } = gated(bytesOf(500_000));
      const put = rig.store.put('object', content);
      await Promise.race([inMiddle, put]);
      expect(String(await readKey(rig.store, 'object'))).toBe('before');
      go();
      await put;
      expectBytes(await readKey(rig.store, 'object'), bytesOf(500_000));
    });

    it('lets exactly one of many writers have a key that has to be free', async () => {
      await using rig = await openRig(options);
      const contents = Array.from({ length: 8 }, (_, i) => bytesOf(100_000, i + 1));
      const results = await Promise.allSettled(
        contents.map((bytes) => rig.store.put('folder/object', lend(bytes), { ifAbsent: true })),
      );
      const won = results.flatMap((result, i) => (result.status === 'fulfilled' ? [i] : []));
      expect(won).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'EXISTS' });
      }
      expectBytes(await readKey(rig.store, 'folder/object'), contents[won[0] ?? -1] ?? Buffer.alloc(0));
    });

    it('leaves one of many objects that are put under one key, whole and with its own facts', async () => {
      await using rig = await openRig(options);
      const contents = Array.from({ length: 8 }, (_, i) => bytesOf(50_000 + i, i + 1));
      await Promise.all(
        contents.map((bytes, i) =>
          rig.store.put('folder/object', lend(bytes), {
            sha256: sha256Of(bytes),
            sizeBytes: bytes.length,
            mediaType: `text/x-${i}`,
          }),
        ),
      );
      const found = await readKey(rig.store, 'folder/object');
      const winner = contents.findIndex((bytes) => found?.equals(bytes));
      expect(winner).toBeGreaterThanOrEqual(0);
      const bytes = contents[winner] ?? Buffer.alloc(0);
      expect(await rig.store.head('folder/object')).toMatchObject({
        sizeBytes: bytes.length,
        sha256: sha256Of(bytes),
        mediaType: `text/x-${winner}`,
      });
    });

    it('lets puts and removals of neighbours not disturb each other', async () => {
      await using rig = await openRig(options);
      const turns = Array.from({ length: 20 }, async (_, i) => {
        await rig.store.put(`deep/er/${i}`, text(`content ${i}`));
        if (i % 2 === 0) expect(await rig.store.remove(`deep/er/${i}`)).toBe(true);
      });
      await Promise.all(turns);
      const { objects } = await rig.store.list({ prefix: 'deep/' });
      expect(objects.map(({ key }) => key)).toEqual(
        Array.from({ length: 10 }, (_, i) => `deep/er/${2 * i + 1}`).sort(byBytes),
      );
    });

    it('reads the version that was opened to its end, or says that it changed', async () => {
      await using rig = await openRig(options);
      const old = bytesOf(8 * 1024 * 1024, 1);
      await rig.store.put('object', lend(old));
      const content = await rig.store.open('object');
      if (content === undefined) throw new Error('the object is absent');
      await rig.store.put('object', lend(bytesOf(8 * 1024 * 1024, 2)));
      const found = await readContent(content).catch((error: unknown) => error);
      // A store may have to ask again in the middle, where the old version is gone.
      if (found instanceof StoreError) expect(found.code).toBe('CHANGED');
      else expect(Buffer.isBuffer(found) && found.equals(old)).toBe(true);
    });

    it('reads many objects at once', async () => {
      await using rig = await openRig(options);
      const contents = Array.from({ length: 10 }, (_, i) => bytesOf(200_000, i + 1));
      await Promise.all(contents.map((bytes, i) => rig.store.put(`object-${i}`, lend(bytes))));
      const found = await Promise.all(contents.map((_, i) => readKey(rig.store, `object-${i}`)));
      for (const [i, bytes] of contents.entries()) expectBytes(found[i], bytes);
    });
  });
}

import { describe, expect, it } from 'vitest';
import { bytesOf, expectAbsent, lend, readKey, text } from './content.ts';
import { openRig, refuseWarnings, type StoreContractOptions } from './rig.ts';

const REASON = new Error('nobody wants it any more');

/** A content that gives some bytes and then nothing more, for ever; `stalled` resolves when it has come to that. */
function stalling(): { content: AsyncIterable<Uint8Array>; stalled: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const content = (async function* () {
    yield* lend(bytesOf(100_000));
    resolve();
    await new Promise<never>(() => {});
  })();
  return { content, stalled: promise };
}

export function describeAborting(options: StoreContractOptions): void {
  describe('aborting', () => {
    refuseWarnings();

    it('ends a put whose source stalls, and leaves what was there', async () => {
      await using rig = await openRig(options);
      await rig.store.put('object', text('before'));
      for (const key of ['object', 'other']) {
        const { content, stalled } = stalling();
        const controller = new AbortController();
        const put = rig.store.put(key, content, { signal: controller.signal });
        await Promise.race([stalled, put]);
        controller.abort(REASON);
        await expect(put).rejects.toBe(REASON);
      }
      expect(String(await readKey(rig.store, 'object'))).toBe('before');
      await expectAbsent(rig.store, 'other');
    });

    it('stops a put before all of its content was taken', async () => {
      await using rig = await openRig(options);
      const controller = new AbortController();
      const content = (async function* () {
        yield* lend(bytesOf(100_000));
        controller.abort(REASON);
        yield* lend(bytesOf(100_000));
      })();
      await expect(rig.store.put('object', content, { signal: controller.signal })).rejects.toBe(REASON);
      await expectAbsent(rig.store, 'object');
    });

    it('refuses all calls whose signal has aborted before', async () => {
      await using rig = await openRig(options);
      await rig.store.put('object', text('content'), { expiresAt: rig.clock.now + 1 });
      const signal = AbortSignal.abort(REASON);
      const calls = [
        rig.store.put('other', text('content'), { signal }),
        rig.store.head('object', { signal }),
        rig.store.open('object', { signal }),
        rig.store.list({ signal }),
        rig.store.remove('object', { signal }),
        rig.store.removeExpired({ now: rig.clock.now + 1, signal }),
      ];
      for (const result of await Promise.allSettled(calls)) {
        expect(result).toEqual({ status: 'rejected', reason: REASON });
      }
      expect((await rig.store.list()).objects.map(({ key }) => key)).toEqual(['object']);
    });

    it('ends the reading of an object', async () => {
      await using rig = await openRig(options);
      await rig.store.put('object', lend(bytesOf(8 * 1024 * 1024)));
      const controller = new AbortController();
      await using content = await rig.store.open('object', { signal: controller.signal });
      if (content === undefined) throw new Error('the object is absent');
      const read = async (): Promise<void> => {
        for await (const _ of content) controller.abort(REASON);
      };
      await expect(read()).rejects.toBe(REASON);
    });

    it('does nothing to a call that has ended', async () => {
      await using rig = await openRig(options);
      const controller = new AbortController();
      const { signal } = controller;
      await rig.store.put('object', text('content'), { signal });
      await rig.store.list({ signal });
      controller.abort(REASON);
      expect(String(await readKey(rig.store, 'object'))).toBe('content');
    });
  });
}

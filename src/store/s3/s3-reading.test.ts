import { describe, expect, it, vi } from 'vitest';
import { bytesOf, expectBytes, lend, readKey, sha256Of } from '../contract/content.ts';
import { expectFailure } from '../contract/failure.ts';
import type { ObjectStore } from '../store.ts';
import { IMPATIENT, LARGE, SMALL, useS3Rig } from '../testing/s3-server-rig.ts';

const rig = useS3Rig();

describe('reading', () => {
  const put = async (store: ObjectStore, bytes = LARGE): Promise<void> => {
    await store.put('a', lend(bytes, 30_000), { sha256: sha256Of(bytes) });
  };

  it.each([
    ['cut', {}],
    ['stall-body', { silenceMs: 1000 }],
  ] as const)('goes on after each %s with the rest', async (type, location) => {
    await put(rig.openStore());
    const store = rig.openStore(location);
    rig.server.fail({ fault: { type, afterBytes: 150_000 }, on: 'GetObject', times: 3 });
    expectBytes(await readKey(store, 'a'), LARGE);
    expect(rig.asked('GetObject')).toBe(4);
    rig.server.fail({ fault: { type, afterBytes: 1 }, on: 'GetObject', times: 2 });
    expectBytes(await readKey(store, 'a', { range: { start: 10, end: 20 } }), LARGE.subarray(10, 20));
  });

  it.each([
    ['cut', 'TRUNCATED'],
    ['stall-body', 'TIMEOUT'],
  ] as const)('ends with an error where every answer is a %s', async (type, code) => {
    await put(rig.openStore(), SMALL);
    const store = rig.openStore(type === 'cut' ? {} : IMPATIENT);
    rig.server.fail({ fault: { type, afterBytes: 1000 }, on: 'GetObject' });
    await expectFailure(readKey(store, 'a'), code);
    expect(rig.asked('GetObject')).toBe(3);
  });

  it('does not count what was cut off while its reader was away', async () => {
    const store = rig.openStore();
    await put(store, SMALL);
    rig.server.fail({ fault: { type: 'cut', afterBytes: 20_000 }, on: 'GetObject' });
    await using content = await store.open('a');
    const found: Buffer[] = [];
    for await (const chunk of content ?? []) {
      found.push(Buffer.from(chunk));
      await store.head('a'); // by then the connection of the content is known to be gone
    }
    expectBytes(Buffer.concat(found), SMALL);
    expect(rig.asked('GetObject')).toBe(5);
  });

  it('says that an object changed, or went, where the rest is of none or another', async () => {
    const store = rig.openStore();
    for (const [change, code] of [
      [() => store.put('a', lend(SMALL)), 'CHANGED'],
      [() => store.remove('a'), 'TRUNCATED'],
    ] as const) {
      await put(store);
      rig.server.fail({ fault: { type: 'cut', afterBytes: 200_000 }, on: 'GetObject', times: 1 });
      await using content = await store.open('a');
      await change();
      const read = async (): Promise<void> => {
        for await (const _ of content ?? []);
      };
      await expectFailure(read(), code);
    }
  });

  it('never gives a content to its end that is not the one that was stored', async () => {
    const store = rig.openStore();
    await put(store);
    rig.server.fail({ fault: { type: 'corrupt' }, on: 'GetObject' });
    await using content = await store.open('a');
    let read = 0;
    const readAll = async (): Promise<void> => {
      for await (const chunk of content ?? []) read += chunk.length;
    };
    const { message } = await expectFailure(readAll(), 'DIGEST_MISMATCH');
    expect(message).toContain(sha256Of(LARGE));
    expect(read).toBeLessThan(LARGE.length);
  });

  it('lets go of the connection where it is left', async () => {
    const store = rig.openStore();
    await put(store, bytesOf(8 * 1024 * 1024)); // more than sockets hold
    {
      await using content = await store.open('a');
      for await (const _ of content ?? []) break;
      expect(rig.server.openAnswers).toBe(1);
    }
    await vi.waitFor(() => expect(rig.server.openAnswers).toBe(0), { timeout: 10_000, interval: 5 });
  });
});

import { describe, expect, it } from 'vitest';
import { expectBytes, lend, readKey, sha256Of, text } from '../contract/content.ts';
import { expectFailure } from '../contract/failure.ts';
import type { S3Fault } from '../testing/s3-server.ts';
import { IMPATIENT, LARGE, PART, refuse, SMALL, useS3Rig } from '../testing/s3-server-rig.ts';

const rig = useS3Rig();

describe('a put that fails', () => {
  const OPERATIONS = ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const;
  const FAULTS: readonly (readonly [string, S3Fault, 'UNAVAILABLE' | 'TIMEOUT' | 'FORBIDDEN'])[] = [
    ['answers 500', refuse(500, 'InternalError'), 'UNAVAILABLE'],
    ['answers 403', refuse(403, 'AccessDenied'), 'FORBIDDEN'],
    ['resets the connection', { type: 'reset' }, 'UNAVAILABLE'],
    ['stalls', { type: 'stall' }, 'TIMEOUT'],
    ['is hidden by a proxy that is lost', { type: 'page', status: 502 }, 'UNAVAILABLE'],
  ];

  it.each(FAULTS.flatMap(([how, fault, code]) => OPERATIONS.map((on) => [how, on, fault, code] as const)))(
    'because the server %s on every %s leaves no upload and the object before',
    async (_, on, fault, code) => {
      await rig.openStore().put('a', text('before'));
      const store = rig.openStore(fault.type === 'stall' ? IMPATIENT : {});
      rig.server.fail({ fault, on });
      const error = await expectFailure(store.put('a', lend(LARGE, 30_000)), code);
      expect(error.message).toContain('"a"');
      rig.server.heal();
      expect(rig.server.openUploads).toBe(0);
      expect(String(await readKey(store, 'a'))).toBe('before');
    },
  );

  // On one request only: the client waits long after these.
  it.each([
    ['SlowDown', refuse(503, 'SlowDown')],
    ['429', refuse(429, 'TooManyRequests')],
  ])('because the server asks for fewer requests with %s leaves no upload', async (_, fault) => {
    const store = rig.openStore();
    rig.server.fail({ fault, on: 'CompleteMultipartUpload' });
    await expectFailure(store.put('a', lend(LARGE, 30_000)), 'UNAVAILABLE');
    expect(rig.server.openUploads).toBe(0);
  });

  it('is tried three times where that can help, and once where it cannot', async () => {
    const store = rig.openStore();
    rig.server.fail({ fault: refuse(500, 'InternalError') });
    await expectFailure(store.put('a', lend(SMALL)), 'UNAVAILABLE');
    expect(rig.asked('PutObject')).toBe(3);
    rig.server.heal();
    rig.server.fail({ fault: refuse(403, 'AccessDenied') });
    await expectFailure(store.put('a', lend(SMALL)), 'FORBIDDEN');
    expect(rig.asked('PutObject')).toBe(4);
  });

  it.each([
    ['an answer of 500', refuse(500, 'InternalError')],
    ['a reset', { type: 'reset' }],
    ['a page of a proxy', { type: 'page', status: 503 }],
  ] as const)('is put right after two times %s', async (_, fault) => {
    const store = rig.openStore();
    for (const on of OPERATIONS) rig.server.fail({ fault, on, times: 2 });
    rig.server.fail({ fault, on: 'PutObject', times: 2 });
    await store.put('large', lend(LARGE, 30_000));
    await store.put('small', lend(SMALL));
    expectBytes(rig.server.objects.get('large')?.bytes, LARGE);
    expectBytes(rig.server.objects.get('small')?.bytes, SMALL);
    expect(rig.server.openUploads).toBe(0);
  });

  it.each([
    ['the digest is another one', { sha256: sha256Of(SMALL) }, 'DIGEST_MISMATCH'],
    ['there is less than was told', { sizeBytes: LARGE.length + 1 }, 'SIZE_MISMATCH'],
    ['there is more than was told', { sizeBytes: LARGE.length - 1 }, 'SIZE_MISMATCH'],
  ] as const)('because %s completes no upload', async (_, told, code) => {
    const store = rig.openStore();
    await expectFailure(store.put('a', lend(LARGE, 30_000), told), code);
    expect(rig.asked('CompleteMultipartUpload')).toBe(0);
    expect(rig.server.openUploads).toBe(0);
    expect(rig.server.objects.size).toBe(0);
  });

  it('because its source breaks, or nobody wants it any more, leaves no upload', async () => {
    const store = rig.openStore();
    for (const isBroken of [true, false]) {
      const reason = new Error('enough');
      const controller = new AbortController();
      const content = (async function* () {
        yield* lend(LARGE, 30_000);
        if (isBroken) throw reason;
        controller.abort(reason);
        yield* lend(LARGE, 30_000);
      })();
      await expect(store.put('a', content, { signal: controller.signal })).rejects.toBe(reason);
      expect(rig.server.openUploads).toBe(0);
    }
    expect(rig.asked('AbortMultipartUpload')).toBe(2);
  });

  it('takes no more of its source than the parts that are on their way', async () => {
    const store = rig.openStore(IMPATIENT);
    let taken = 0;
    const content = (async function* () {
      for (let i = 0; i < 1000; i += 1) {
        yield LARGE.subarray(0, 10_000);
        taken += 1;
      }
    })();
    rig.server.fail({ fault: { type: 'stall' }, on: 'UploadPart' });
    await expectFailure(store.put('a', content), 'TIMEOUT');
    expect(taken).toBeLessThanOrEqual((4 * PART) / 10_000);
  });

  it('says so where its upload could not be taken back', async () => {
    const store = rig.openStore();
    rig.server.fail({ fault: refuse(500, 'InternalError'), on: 'UploadPart' });
    rig.server.fail({ fault: refuse(403, 'AccessDenied'), on: 'AbortMultipartUpload' });
    const { message } = await expectFailure(store.put('a', lend(LARGE, 30_000)), 'UNAVAILABLE');
    expect(message).toContain('a lifecycle rule of the bucket can remove it');
  });
});

describe('a put whose answer is lost', () => {
  it.each([
    ['in one piece', SMALL, 'PutObject'],
    ['in parts', LARGE, 'CompleteMultipartUpload'],
  ] as const)('%s is known again by its object, also where the name had to be free', async (_, bytes, on) => {
    const store = rig.openStore();
    rig.server.fail({ fault: { type: 'reset', done: true }, on, times: 1 });
    const { version } = await store.put('a', lend(bytes, 30_000), { ifAbsent: true });
    expect((await store.head('a'))?.version).toBe(version);
    expectBytes(await readKey(store, 'a'), bytes);
    await expectFailure(store.put('a', lend(bytes, 30_000), { ifAbsent: true }), 'EXISTS');
    expect(rig.server.openUploads).toBe(0);
  });
});

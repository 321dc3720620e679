import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { bytesOf, expectBytes, lend, readContent, readKey, sha256Of, text } from '../contract/content.ts';
import { expectFailure } from '../contract/failure.ts';
import { createOciKey, startOciServer } from '../testing/oci-server.ts';
import type { OciFault } from '../testing/oci-server-faults.ts';
import type { OciLimits } from './limits.ts';
import { openOciStore } from './open-oci-store.ts';

const server = await startOciServer();
const LIMITS: Partial<OciLimits> = { retryPausesMs: [0, 0, 0], partBytes: 100_000 };
const store = openOciStore(server.location, { limits: LIMITS });
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
afterEach(() => {
  expect(server.faults.left).toBe(0);
  server.clear();
});

const UNAVAILABLE: OciFault = { type: 'status', status: 503, code: 'ServiceUnavailable' };
const TOO_MANY: OciFault = { type: 'status', status: 429, code: 'TooManyRequests' };
const LOST: OciFault = { type: 'reset', done: true };
const RESET: OciFault = { type: 'reset' };

const TLS = resolve(import.meta.dirname, '../../../test/support/tls');

const any = (): boolean => true;
const isCommit = ({ method, target }: { method: string; target: string }): boolean =>
  method === 'POST' && target.includes('uploadId=');
const isPart = ({ target }: { target: string }): boolean => target.includes('uploadPartNum=');
const isGet = ({ method }: { method: string }): boolean => method === 'GET';

describe('a call that fails and is made again', () => {
  it.each<[string, OciFault]>([
    ['a status of 500', { type: 'status', status: 500, code: 'InternalServerError' }],
    ['a page of a gateway', { type: 'status', status: 502 }],
    ['too many requests', TOO_MANY],
    ['two writers at once', { type: 'status', status: 409, code: 'ConcurrentObjectUpdate' }],
    ['bytes that changed on the way', { type: 'status', status: 400, code: 'UnmatchedContentMD5' }],
    ['a connection that is cut', RESET],
    ['a connection that is cut when all was done', LOST],
  ])('stores an object in spite of %s', async (_, fault) => {
    server.faults.plan(any, fault, fault);
    await store.put('object', lend(bytesOf(50_000)));
    expectBytes(await readKey(store, 'object'), bytesOf(50_000));
  });

  it.each([UNAVAILABLE, RESET, LOST])('stores an object in parts in spite of $type', async (fault) => {
    server.faults.plan(isPart, fault, fault);
    server.faults.plan(isCommit, fault, fault);
    const bytes = bytesOf(350_000);
    await store.put('object', lend(bytes));
    expectBytes(await readKey(store, 'object'), bytes);
    expect(server.openUploads()).toEqual([]);
  });

  it('knows its own object, where the answer that it was stored is lost', async () => {
    for (const sizeBytes of [1000, 350_000]) {
      server.faults.plan(
        (call) => isCommit(call) || /^PUT .*\/o\//.test(`${call.method} ${call.target}`),
        LOST,
      );
      const put = await store.put(`object-${sizeBytes}`, lend(bytesOf(sizeBytes)), { ifAbsent: true });
      expect((await store.head(`object-${sizeBytes}`))?.version).toBe(put.version);
    }
  });

  it('says that another try can help, where its object was replaced before it could hear of it', async () => {
    server.faults.plan(isCommit, LOST);
    server.faults.plan((call) => isCommit(call) && putOther(), UNAVAILABLE);
    const put = store.put('object', lend(bytesOf(350_000)));
    const { message } = await expectFailure(put, 'UNAVAILABLE');
    expect(message).toContain('others changed it at the same time');
    expect(String(await readKey(store, 'object'))).toBe('theirs');
    expect(server.openUploads()).toEqual([]);
  });

  it('does not take for its own what another one wrote meanwhile', async () => {
    server.faults.plan(({ method }) => method === 'PUT', UNAVAILABLE);
    const mine = store.put('object', text('mine'), { ifAbsent: true });
    server.faults.plan(
      ({ method }) => method === 'PUT' && !server.objects.has('object') && putOther(),
      UNAVAILABLE,
    );
    await expectFailure(mine, 'EXISTS');
    expect(String(await readKey(store, 'object'))).toBe('theirs');
  });

  it('lists, looks and removes in spite of a passing trouble', async () => {
    await store.put('object', text('content'));
    for (const fault of [UNAVAILABLE, TOO_MANY, RESET] as const) {
      server.faults.plan(any, fault);
      expect((await store.list()).objects).toHaveLength(1);
      server.faults.plan(any, fault);
      expect(await store.head('object')).toBeDefined();
    }
    server.faults.plan(({ method }) => method === 'DELETE', LOST);
    expect(await store.remove('object')).toBe(true);
  });

  it('lists again where the listing is cut in the middle', async () => {
    await store.put('object', text('content'));
    server.faults.plan(isGet, { type: 'cut', afterBytes: 20 });
    expect((await store.list()).objects.map(({ key }) => key)).toEqual(['object']);
  });
});

function putOther(): boolean {
  const at = {
    bytes: Buffer.from('theirs'),
    etag: 'other',
    createdAt: Date.now(),
    contentType: 'text/plain',
  };
  (server.objects as Map<string, unknown>).set('object', { ...at, metadata: {}, digest: {} }); // the server's own map
  return true;
}

describe('an upload in parts', () => {
  it('holds no more of a content than the parts that go up and one that is gathered', async () => {
    const limits = { ...LIMITS, partsAtOnce: 2 };
    await using slow = openOciStore(server.location, { limits });
    server.faults.plan(isPart, { type: 'silence' }, { type: 'silence' });
    const controller = new AbortController();
    const reason = new Error('enough');
    let givenBytes = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        givenBytes += 10_000;
        yield Buffer.alloc(10_000);
      }
    };
    const put = slow.put('object', endless(), { signal: controller.signal });
    put.catch(() => undefined); // looked at below
    await expect.poll(() => server.faults.left, { timeout: 20_000 }).toBe(0);
    for (let i = 0; i < 200; i += 1) await new Promise(setImmediate);
    expect(givenBytes).toBe(300_000);
    controller.abort(reason);
    await expect(put).rejects.toBe(reason);
    expect(server.openUploads()).toEqual([]);
  });
});

describe('a store that stays in trouble', () => {
  it.each<[string, OciFault]>([
    ['500', { type: 'status', status: 500, code: 'InternalServerError' }],
    ['429', TOO_MANY],
    ['cut connections', RESET],
  ])('is unavailable after four tries: %s', async (_, fault) => {
    server.faults.plan(any, fault, fault, fault, fault);
    const before = server.seen.length;
    await expectFailure(store.put('object', text('content')), 'UNAVAILABLE');
    expect(server.seen.length - before).toBe(4);
  });

  it('removes the parts of an upload that fails', async () => {
    server.faults.plan(isPart, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
    // One part at a time, so that these are the tries of one.
    const single = openOciStore(server.location, { limits: { ...LIMITS, partsAtOnce: 1 } });
    await expectFailure(single.put('object', lend(bytesOf(350_000))), 'UNAVAILABLE');
    await single[Symbol.asyncDispose]();
    expect(server.openUploads()).toEqual([]);
    expect(server.objects.size).toBe(0);
  });

  it('removes the parts of a content that breaks off, is another, or is not wanted any more', async () => {
    const broken = new Error('the source broke');
    const breaking = async function* (): AsyncGenerator<Uint8Array> {
      yield* lend(bytesOf(350_000));
      throw broken;
    };
    await expect(store.put('object', breaking())).rejects.toBe(broken);
    expect(server.openUploads()).toEqual([]);
    const told = { sha256: '0'.repeat(64) };
    await expectFailure(store.put('object', lend(bytesOf(350_000)), told), 'DIGEST_MISMATCH');
    expect(server.openUploads()).toEqual([]);
    const controller = new AbortController();
    const left = async function* (): AsyncGenerator<Uint8Array> {
      yield* lend(bytesOf(350_000));
      controller.abort(broken);
      yield Buffer.from('x');
    };
    await expect(store.put('object', left(), { signal: controller.signal })).rejects.toBe(broken);
    expect(server.openUploads()).toEqual([]);
    expect(server.objects.size).toBe(0);
  });

  it('does not answer, and is asked once more before it times out', async () => {
    const impatient = openOciStore(server.location, { limits: { ...LIMITS, answerTimeoutMs: 50 } });
    server.faults.plan(any, { type: 'silence' }, { type: 'silence' });
    await expectFailure(impatient.head('object'), 'TIMEOUT');
    await impatient[Symbol.asyncDispose]();
  });

  it('is not asked again where it is not who it should be', async () => {
    const file = (name: string): string => readFileSync(join(TLS, name), 'utf8');
    const tls = { key: file('server.key'), cert: file('server.crt') };
    await using secure = await startOciServer({ tls });
    // A pause of an hour would be waited for.
    await using other = openOciStore(secure.location, { limits: { retryPausesMs: [3_600_000] } });
    const { message } = await expectFailure(other.list(), 'UNAVAILABLE');
    expect(message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(secure.seen).toEqual([]);
  });

  it('cannot be reached', async () => {
    const gone = await startOciServer();
    await gone[Symbol.asyncDispose]();
    await using unreachable = openOciStore(gone.location, { limits: LIMITS });
    await expectFailure(unreachable.list(), 'UNAVAILABLE');
  });
});

describe('an object that is cut while it is read', () => {
  const bytes = bytesOf(900_000);

  it('goes on where it was cut', async () => {
    await store.put('object', lend(bytes));
    server.faults.plan(isGet, { type: 'cut', afterBytes: 200_000 }, { type: 'cut', afterBytes: 1 });
    expectBytes(await readKey(store, 'object'), bytes);
    const range = { start: 100_000, end: 800_000 };
    server.faults.plan(isGet, { type: 'cut', afterBytes: 200_000 }, UNAVAILABLE);
    expectBytes(await readKey(store, 'object', { range }), bytes.subarray(range.start, range.end));
  });

  it('goes on where it stalled', async () => {
    await using impatient = openOciStore(server.location, { limits: { ...LIMITS, stallTimeoutMs: 1000 } });
    await store.put('object', lend(bytes));
    server.faults.plan(isGet, { type: 'stall', afterBytes: 200_000 });
    expectBytes(await readKey(impatient, 'object'), bytes);
  });

  it('times out where it stalls again and again', async () => {
    const limits = { ...LIMITS, stallTimeoutMs: 100, retryPausesMs: [0] };
    await using impatient = openOciStore(server.location, { limits });
    await store.put('object', lend(bytes));
    server.faults.plan(isGet, { type: 'stall', afterBytes: 10 }, { type: 'stall', afterBytes: 10 });
    const error = await expectFailure(readKey(impatient, 'object'), 'TIMEOUT');
    expect(error.message).toMatch(/nothing more came after \d+ of 900000 bytes$/);
  });

  it('is truncated where it is cut again and again', async () => {
    await store.put('object', lend(bytes));
    const cut = { type: 'cut', afterBytes: 10 } as const;
    server.faults.plan(isGet, cut, cut, cut, cut);
    const error = await expectFailure(readKey(store, 'object'), 'TRUNCATED');
    expect(error.message).toMatch(/it ended after \d+ of 900000 bytes$/);
  });

  it('goes on as often as it is cut, as long as it gets somewhere', async () => {
    await store.put('object', lend(bytes));
    const cut = { type: 'cut', afterBytes: 80_000 } as const;
    server.faults.plan(isGet, ...Array.from({ length: 9 }, () => cut));
    expectBytes(await readKey(store, 'object'), bytes);
  });

  it('is never given to its end where it is another content than its digest says', async () => {
    await store.put('object', lend(bytes), { sha256: sha256Of(bytes) });
    const kept = server.objects.get('object');
    kept?.bytes.fill(0, 500_000, 500_001); // a byte that turned on a disk
    let readBytes = 0;
    const read = async (): Promise<void> => {
      await using content = await store.open('object');
      for await (const chunk of content ?? []) readBytes += chunk.length;
    };
    await expectFailure(read(), 'DIGEST_MISMATCH');
    expect(readBytes).toBeLessThan(bytes.length);
    const range = { start: 0, end: 100 };
    expectBytes(await readKey(store, 'object', { range }), bytes.subarray(0, 100));
  });

  it('is not mixed with the version that took its place', async () => {
    await store.put('object', lend(bytes));
    server.faults.plan(isGet, { type: 'cut', afterBytes: 200_000 });
    const content = await store.open('object');
    await store.put('object', lend(bytesOf(900_000, 2)));
    if (content === undefined) throw new Error('the object is absent');
    await expectFailure(readContent(content), 'CHANGED');
  });

  it('is truncated where it was removed meanwhile', async () => {
    await store.put('object', lend(bytes));
    server.faults.plan(isGet, { type: 'cut', afterBytes: 200_000 });
    const content = await store.open('object');
    await store.remove('object');
    if (content === undefined) throw new Error('the object is absent');
    await expectFailure(readContent(content), 'TRUNCATED');
  });
});

describe('a store that says no', () => {
  const at = (change: object): ReturnType<typeof openOciStore> =>
    openOciStore({ ...server.location, ...change }, { limits: LIMITS });

  it.each([
    ['NO_STORE', { bucket: 'other' }],
    ['NO_STORE', { namespace: 'other' }],
    ['FORBIDDEN', { key: { ...server.location.key, fingerprint: 'aa:bb' } }],
    ['FORBIDDEN', { key: { ...server.location.key, privateKey: createOciKey().privateKey } }],
  ] as const)('is %s to every call, and never an absence: %o', async (code, change) => {
    await using other = at(change);
    const calls = [
      other.put('object', text('content')),
      other.put('object', text('content'), { ifAbsent: true }),
      other.head('object'),
      other.open('object'),
      other.list(),
      other.remove('object'),
      other.removeExpired({ now: 0 }),
    ];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code } });
    }
  });

  it.each([
    ['FORBIDDEN', { type: 'status', status: 404, code: 'NotAuthorizedOrNotFound' }],
    ['FORBIDDEN', { type: 'status', status: 403, code: 'NotAllowed' }],
    ['PROTOCOL', { type: 'status', status: 404 }],
    ['PROTOCOL', { type: 'status', status: 400, code: 'InvalidParameter' }],
    ['NO_SPACE', { type: 'status', status: 400, code: 'QuotaExceeded' }],
    ['PROTOCOL', { type: 'status', status: 302 }],
  ] as const)('is %s: %o', async (code, fault) => {
    server.faults.plan(isGet, fault);
    await expectFailure(store.open('object'), code);
  });

  it.each([
    '',
    'no json',
    '[]',
    'null',
    '{"objects":{}}',
    '{"objects":[{"name":"a"}]}',
    '{"objects":[{"name":"a","size":-1,"etag":"e","timeModified":"2026-01-01T00:00:00Z"}]}',
    '{"objects":[{"name":"a","size":1,"etag":"a b","timeModified":"2026-01-01T00:00:00Z"}]}',
    '{"objects":[{"name":"a","size":1,"etag":"e","timeModified":"yesterday"}]}',
  ])('answers a listing with what its protocol does not know: %s', async (body) => {
    server.faults.plan(isGet, { type: 'body', body });
    await expectFailure(store.list(), 'PROTOCOL');
  });

  it('answers with pages that lead in a circle', async () => {
    const body = '{"objects":[],"nextStartWith":"a"}';
    server.faults.plan(isGet, { type: 'body', body }, { type: 'body', body });
    await expectFailure(store.list(), 'PROTOCOL');
  });

  it('goes on behind a page that is empty', async () => {
    await store.put('b', text('content'));
    server.faults.plan(isGet, { type: 'body', body: '{"objects":[],"nextStartWith":"a"}' });
    expect((await store.list()).objects.map(({ key }) => key)).toEqual(['b']);
  });

  it('says that the clock may be why', async () => {
    await using late = openOciStore(server.location, { limits: LIMITS, now: () => Date.now() - 600_000 });
    const { message } = await expectFailure(late.list(), 'FORBIDDEN');
    expect(message).toContain("this machine's clock is 10 minutes behind the store's");
  });

  it('says what was attempted, and nothing that is secret', async () => {
    server.faults.plan(any, { type: 'status', status: 400, code: 'InvalidParameter' });
    const { message } = await expectFailure(store.put('folder/object', text('content')), 'PROTOCOL');
    expect(message).toMatch(
      /^Cannot store "folder\/object" in oci:\/\/artifacts@slipwayns: the store answers 400 InvalidParameter \(opc-request-id [\w-]+\)$/,
    );
  });
});

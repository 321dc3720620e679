import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bytesOf, expectBytes, lend, readKey, sha256Of, text } from '../contract/content.ts';
import { expectFailure } from '../contract/failure.ts';
import type { S3Location } from '../location.ts';
import type { ObjectStore } from '../store.ts';
import { type S3Fault, type S3Operation, type S3Server, startS3Server } from '../testing/s3-server.ts';
import { openS3Store } from './open-s3-store.ts';

const PART = 200_000;
/** Three parts. */
const LARGE = bytesOf(500_000);
const SMALL = bytesOf(100_000);

let server: S3Server;
const stores: ObjectStore[] = [];

beforeEach(async () => {
  server = await startS3Server({ minPartBytes: PART });
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

function openStore(location: Partial<S3Location> = {}): ObjectStore {
  const { bucket, region, endpoint, credentials } = server;
  const store = openS3Store(
    { type: 's3', bucket, region, endpoint, credentials, ...location },
    { partBytes: PART },
  );
  stores.push(store);
  return store;
}

/** For what is to time out, and for nothing else: a busy machine is slow as well. */
const IMPATIENT = { silenceMs: 400 };

const asked = (operation: S3Operation): number =>
  server.requests.filter((request) => request.operation === operation).length;

const refuse = (status: number, code: string): S3Fault => ({ type: 'refuse', status, code });

describe('an object in S3', () => {
  it.each([
    ['in one piece', SMALL],
    ['in parts', LARGE],
  ])('that is put %s is private, encrypted, and keeps the digest that was told', async (_, bytes) => {
    const store = openStore();
    const expiresAt = Date.now() + 60_000;
    const told = {
      sha256: sha256Of(bytes),
      sizeBytes: bytes.length,
      mediaType: 'application/x-tar',
      expiresAt,
    };
    const { version } = await store.put('a/b', lend(bytes, 30_000), told);
    const object = server.objects.get('a/b');
    expect(object).toMatchObject({ acl: 'private', encryption: 'AES256', etag: `"${version}"` });
    expect(Object.fromEntries(object?.fields ?? [])).toMatchObject({
      'content-type': 'application/x-tar',
      'x-amz-meta-sha256': told.sha256,
      'x-amz-meta-expires-at': String(expiresAt),
    });
    expectBytes(object?.bytes, bytes);
    expect(server.openUploads).toBe(0);
    expect(asked('UploadPart')).toBe(bytes === LARGE ? 3 : 0);
  });

  it.each([
    ['in one piece', SMALL],
    ['in parts', LARGE],
  ])(
    'that is put %s goes without an ACL into a bucket that has none, and stays encrypted',
    async (_, bytes) => {
      await using strict = await startS3Server({ takesAcls: false, minPartBytes: PART });
      const store = openStore({ endpoint: strict.endpoint });
      await store.put('a', lend(bytes, 30_000));
      await store.put('b', lend(bytes, 30_000));
      expect(strict.objects.get('b')).toMatchObject({ acl: undefined, encryption: 'AES256' });
      const refused = strict.requests.filter(({ status }) => status === 400);
      expect(refused).toHaveLength(1);
    },
  );

  it('is left as it is only where that was asked for', async () => {
    await using plain = await startS3Server({ encrypts: false });
    const { message } = await expectFailure(
      openStore({ endpoint: plain.endpoint }).put('a', lend(SMALL)),
      'PROTOCOL',
    );
    expect(message).toContain('perhaps encrypt the object itself');
    await openStore({ endpoint: plain.endpoint, encryption: 'none' }).put('a', lend(SMALL));
    expect(plain.objects.get('a')).toMatchObject({ acl: 'private', encryption: undefined });
  });

  it('of exactly one part is no upload in parts', async () => {
    const store = openStore();
    await store.put('a', lend(LARGE.subarray(0, PART), 30_000));
    expect(asked('CreateMultipartUpload')).toBe(0);
    await store.put('a', lend(LARGE.subarray(0, PART + 1), 30_000));
    expect(asked('UploadPart')).toBe(2);
    expectBytes(await readKey(store, 'a'), LARGE.subarray(0, PART + 1));
  });

  it('of another program is listed where its name is a key, whatever others are called', async () => {
    const store = openStore();
    for (const key of ['a', 'b c+d']) await store.put(key, text(key));
    const [sample] = server.objects.values();
    if (sample === undefined) throw new Error('nothing was stored');
    const objects = server.objects as Map<string, typeof sample>; // as another program would put them
    for (const key of ['a/', 'a\u0001b', 'a//b', '.slipway/x']) objects.set(key, sample);
    const pages: string[][] = [];
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page = await store.list({ after, limit: 2 });
      pages.push(page.objects.map(({ key }) => key));
      after = page.next;
    }
    expect(pages.flat()).toEqual(['a', 'b c+d']);
  });
});

describe('removing what has expired', () => {
  it('leaves what takes its place at the last moment', async () => {
    const told = { expiresAt: 1000 };
    await using racing = await startS3Server({
      onRequest({ operation, key }) {
        const other = racing.objects.get('other');
        const objects = racing.objects as Map<string, typeof other>; // as another program would put it
        if (operation === 'DeleteObject' && key === 'a') objects.set('a', other);
      },
    });
    const store = openStore({ endpoint: racing.endpoint });
    for (const key of ['a', 'b']) await store.put(key, text(key), told);
    await store.put('other', text('new'));
    expect(await store.removeExpired({ now: 1000 })).toEqual(['b']);
    expect(String(await readKey(store, 'a'))).toBe('new');
  });
});

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
      await openStore().put('a', text('before'));
      const store = openStore(fault.type === 'stall' ? IMPATIENT : {});
      server.fail({ fault, on });
      const error = await expectFailure(store.put('a', lend(LARGE, 30_000)), code);
      expect(error.message).toContain('"a"');
      server.heal();
      expect(server.openUploads).toBe(0);
      expect(String(await readKey(store, 'a'))).toBe('before');
    },
  );

  // On one request only: the client waits long after these.
  it.each([
    ['SlowDown', refuse(503, 'SlowDown')],
    ['429', refuse(429, 'TooManyRequests')],
  ])('because the server asks for fewer requests with %s leaves no upload', async (_, fault) => {
    const store = openStore();
    server.fail({ fault, on: 'CompleteMultipartUpload' });
    await expectFailure(store.put('a', lend(LARGE, 30_000)), 'UNAVAILABLE');
    expect(server.openUploads).toBe(0);
  });

  it('is tried three times where that can help, and once where it cannot', async () => {
    const store = openStore();
    server.fail({ fault: refuse(500, 'InternalError') });
    await expectFailure(store.put('a', lend(SMALL)), 'UNAVAILABLE');
    expect(asked('PutObject')).toBe(3);
    server.heal();
    server.fail({ fault: refuse(403, 'AccessDenied') });
    await expectFailure(store.put('a', lend(SMALL)), 'FORBIDDEN');
    expect(asked('PutObject')).toBe(4);
  });

  it.each([
    ['an answer of 500', refuse(500, 'InternalError')],
    ['a reset', { type: 'reset' }],
    ['a page of a proxy', { type: 'page', status: 503 }],
  ] as const)('is put right after two times %s', async (_, fault) => {
    const store = openStore();
    for (const on of OPERATIONS) server.fail({ fault, on, times: 2 });
    server.fail({ fault, on: 'PutObject', times: 2 });
    await store.put('large', lend(LARGE, 30_000));
    await store.put('small', lend(SMALL));
    expectBytes(server.objects.get('large')?.bytes, LARGE);
    expectBytes(server.objects.get('small')?.bytes, SMALL);
    expect(server.openUploads).toBe(0);
  });

  it.each([
    ['the digest is another one', { sha256: sha256Of(SMALL) }, 'DIGEST_MISMATCH'],
    ['there is less than was told', { sizeBytes: LARGE.length + 1 }, 'SIZE_MISMATCH'],
    ['there is more than was told', { sizeBytes: LARGE.length - 1 }, 'SIZE_MISMATCH'],
  ] as const)('because %s completes no upload', async (_, told, code) => {
    const store = openStore();
    await expectFailure(store.put('a', lend(LARGE, 30_000), told), code);
    expect(asked('CompleteMultipartUpload')).toBe(0);
    expect(server.openUploads).toBe(0);
    expect(server.objects.size).toBe(0);
  });

  it('because its source breaks, or nobody wants it any more, leaves no upload', async () => {
    const store = openStore();
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
      expect(server.openUploads).toBe(0);
    }
    expect(asked('AbortMultipartUpload')).toBe(2);
  });

  it('takes no more of its source than the parts that are on their way', async () => {
    const store = openStore(IMPATIENT);
    let taken = 0;
    const content = (async function* () {
      for (let i = 0; i < 1000; i += 1) {
        yield LARGE.subarray(0, 10_000);
        taken += 1;
      }
    })();
    server.fail({ fault: { type: 'stall' }, on: 'UploadPart' });
    await expectFailure(store.put('a', content), 'TIMEOUT');
    expect(taken).toBeLessThanOrEqual((4 * PART) / 10_000);
  });

  it('says so where its upload could not be taken back', async () => {
    const store = openStore();
    server.fail({ fault: refuse(500, 'InternalError'), on: 'UploadPart' });
    server.fail({ fault: refuse(403, 'AccessDenied'), on: 'AbortMultipartUpload' });
    const { message } = await expectFailure(store.put('a', lend(LARGE, 30_000)), 'UNAVAILABLE');
    expect(message).toContain('a lifecycle rule of the bucket can remove it');
  });
});

describe('a put whose answer is lost', () => {
  it.each([
    ['in one piece', SMALL, 'PutObject'],
    ['in parts', LARGE, 'CompleteMultipartUpload'],
  ] as const)('%s is known again by its object, also where the name had to be free', async (_, bytes, on) => {
    const store = openStore();
    server.fail({ fault: { type: 'reset', done: true }, on, times: 1 });
    const { version } = await store.put('a', lend(bytes, 30_000), { ifAbsent: true });
    expect((await store.head('a'))?.version).toBe(version);
    expectBytes(await readKey(store, 'a'), bytes);
    await expectFailure(store.put('a', lend(bytes, 30_000), { ifAbsent: true }), 'EXISTS');
    expect(server.openUploads).toBe(0);
  });
});

describe('reading', () => {
  const put = async (store: ObjectStore, bytes = LARGE): Promise<void> => {
    await store.put('a', lend(bytes, 30_000), { sha256: sha256Of(bytes) });
  };

  it.each([
    ['cut', {}],
    ['stall-body', { silenceMs: 1000 }],
  ] as const)('goes on after each %s with the rest', async (type, location) => {
    await put(openStore());
    const store = openStore(location);
    server.fail({ fault: { type, afterBytes: 150_000 }, on: 'GetObject', times: 3 });
    expectBytes(await readKey(store, 'a'), LARGE);
    expect(asked('GetObject')).toBe(4);
    server.fail({ fault: { type, afterBytes: 1 }, on: 'GetObject', times: 2 });
    expectBytes(await readKey(store, 'a', { range: { start: 10, end: 20 } }), LARGE.subarray(10, 20));
  });

  it.each([
    ['cut', 'TRUNCATED'],
    ['stall-body', 'TIMEOUT'],
  ] as const)('ends with an error where every answer is a %s', async (type, code) => {
    await put(openStore(), SMALL);
    const store = openStore(type === 'cut' ? {} : IMPATIENT);
    server.fail({ fault: { type, afterBytes: 1000 }, on: 'GetObject' });
    await expectFailure(readKey(store, 'a'), code);
    expect(asked('GetObject')).toBe(3);
  });

  it('does not count what was cut off while its reader was away', async () => {
    const store = openStore();
    await put(store, SMALL);
    server.fail({ fault: { type: 'cut', afterBytes: 20_000 }, on: 'GetObject' });
    await using content = await store.open('a');
    const found: Buffer[] = [];
    for await (const chunk of content ?? []) {
      found.push(Buffer.from(chunk));
      await store.head('a'); // by then the connection of the content is known to be gone
    }
    expectBytes(Buffer.concat(found), SMALL);
    expect(asked('GetObject')).toBe(5);
  });

  it('says that an object changed, or went, where the rest is of none or another', async () => {
    const store = openStore();
    for (const [change, code] of [
      [() => store.put('a', lend(SMALL)), 'CHANGED'],
      [() => store.remove('a'), 'TRUNCATED'],
    ] as const) {
      await put(store);
      server.fail({ fault: { type: 'cut', afterBytes: 200_000 }, on: 'GetObject', times: 1 });
      await using content = await store.open('a');
      await change();
      const read = async (): Promise<void> => {
        for await (const _ of content ?? []);
      };
      await expectFailure(read(), code);
    }
  });

  it('never gives a content to its end that is not the one that was stored', async () => {
    const store = openStore();
    await put(store);
    server.fail({ fault: { type: 'corrupt' }, on: 'GetObject' });
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
    const store = openStore();
    await put(store, bytesOf(8 * 1024 * 1024)); // more than sockets hold
    {
      await using content = await store.open('a');
      for await (const _ of content ?? []) break;
      expect(server.openAnswers).toBe(1);
    }
    await vi.waitFor(() => expect(server.openAnswers).toBe(0), { timeout: 10_000, interval: 5 });
  });
});

describe('every call', () => {
  const calls = (store: ObjectStore) =>
    [
      ['put', () => store.put('a', lend(SMALL))],
      ['head', () => store.head('a')],
      ['open', () => store.open('a')],
      ['list', () => store.list()],
      ['remove', () => store.remove('a')],
      ['removeExpired', () => store.removeExpired({ now: 0 })],
    ] as const;

  async function expectAll(store: ObjectStore, code: Parameters<typeof expectFailure>[1]): Promise<string[]> {
    const messages: string[] = [];
    for (const [, call] of calls(store)) messages.push((await expectFailure(call(), code)).message);
    return messages;
  }

  it('says that the bucket is not there', async () => {
    for (const message of await expectAll(openStore({ bucket: 'other' }), 'NO_STORE')) {
      expect(message).toContain(`s3://other at ${server.endpoint}`);
    }
  });

  it('says that the bucket is in another region', async () => {
    for (const message of await expectAll(openStore({ region: 'eu-west-1' }), 'NO_STORE')) {
      expect(message).toContain('the bucket is in the region us-east-1, not in eu-west-1');
    }
  });

  it('says that the credentials are refused, without any of them', async () => {
    const credentials = { accessKeyId: server.credentials.accessKeyId, secretAccessKey: 'hunter2-secret' };
    const store = openStore({ credentials });
    for (const [, call] of calls(store)) {
      const error = await expectFailure(call(), 'FORBIDDEN');
      const all = inspect(error, { depth: 10, showHidden: true });
      expect(all).not.toMatch(/hunter2|AKIA|Signature=|X-Amz-Signature|[0-9a-f]{64}/);
    }
  });

  it('says that nobody is there', async () => {
    const free = createServer();
    const port = await new Promise<number>((resolve) => {
      free.listen(0, '127.0.0.1', () => {
        const address = free.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    await new Promise((resolve) => free.close(resolve));
    const messages = await expectAll(openStore({ endpoint: `http://127.0.0.1:${port}` }), 'UNAVAILABLE');
    for (const message of messages) expect(message).toContain('it cannot be reached (ECONNREFUSED)');
  });

  it.each([200, 404])('says that something else than S3 answers with a page and %i', async (status) => {
    server.fail({ fault: { type: 'page', status } });
    const store = openStore();
    await expectFailure(store.put('a', lend(SMALL)), 'PROTOCOL');
    await expectFailure(store.list(), 'PROTOCOL');
    await expectFailure(store.open('a'), 'PROTOCOL');
  });
});

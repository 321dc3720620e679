import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { expectBytes, lend, readKey, sha256Of, text } from '../contract/content.ts';
import { expectFailure } from '../contract/failure.ts';
import type { ObjectStore } from '../store.ts';
import { startS3Server } from '../testing/s3-server.ts';
import { LARGE, PART, SMALL, useS3Rig } from '../testing/s3-server-rig.ts';

const rig = useS3Rig();

describe('an object in S3', () => {
  it.each([
    ['in one piece', SMALL],
    ['in parts', LARGE],
  ])('that is put %s is private, encrypted, and keeps the digest that was told', async (_, bytes) => {
    const store = rig.openStore();
    const expiresAt = Date.now() + 60_000;
    const told = {
      sha256: sha256Of(bytes),
      sizeBytes: bytes.length,
      mediaType: 'application/x-tar',
      expiresAt,
    };
    const { version } = await store.put('a/b', lend(bytes, 30_000), told);
    const object = rig.server.objects.get('a/b');
    expect(object).toMatchObject({ acl: 'private', encryption: 'AES256', etag: `"${version}"` });
    expect(Object.fromEntries(object?.fields ?? [])).toMatchObject({
      'content-type': 'application/x-tar',
      'x-amz-meta-sha256': told.sha256,
      'x-amz-meta-expires-at': String(expiresAt),
    });
    expectBytes(object?.bytes, bytes);
    expect(rig.server.openUploads).toBe(0);
    expect(rig.asked('UploadPart')).toBe(bytes === LARGE ? 3 : 0);
  });

  it.each([
    ['in one piece', SMALL],
    ['in parts', LARGE],
  ])(
    'that is put %s goes without an ACL into a bucket that has none, and stays encrypted',
    async (_, bytes) => {
      await using strict = await startS3Server({ takesAcls: false, minPartBytes: PART });
      const store = rig.openStore({ endpoint: strict.endpoint });
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
      rig.openStore({ endpoint: plain.endpoint }).put('a', lend(SMALL)),
      'PROTOCOL',
    );
    expect(message).toContain('perhaps encrypt the object itself');
    await rig.openStore({ endpoint: plain.endpoint, encryption: 'none' }).put('a', lend(SMALL));
    expect(plain.objects.get('a')).toMatchObject({ acl: 'private', encryption: undefined });
  });

  it('of exactly one part is no upload in parts', async () => {
    const store = rig.openStore();
    await store.put('a', lend(LARGE.subarray(0, PART), 30_000));
    expect(rig.asked('CreateMultipartUpload')).toBe(0);
    await store.put('a', lend(LARGE.subarray(0, PART + 1), 30_000));
    expect(rig.asked('UploadPart')).toBe(2);
    expectBytes(await readKey(store, 'a'), LARGE.subarray(0, PART + 1));
  });

  it('of another program is listed where its name is a key, whatever others are called', async () => {
    const store = rig.openStore();
    for (const key of ['a', 'b c+d']) await store.put(key, text(key));
    const [sample] = rig.server.objects.values();
    if (sample === undefined) throw new Error('nothing was stored');
    const objects = rig.server.objects as Map<string, typeof sample>; // as another program would put them
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
    const store = rig.openStore({ endpoint: racing.endpoint });
    for (const key of ['a', 'b']) await store.put(key, text(key), told);
    await store.put('other', text('new'));
    expect(await store.removeExpired({ now: 1000 })).toEqual(['b']);
    expect(String(await readKey(store, 'a'))).toBe('new');
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
    for (const message of await expectAll(rig.openStore({ bucket: 'other' }), 'NO_STORE')) {
      expect(message).toContain(`s3://other at ${rig.server.endpoint}`);
    }
  });

  it('says that the bucket is in another region', async () => {
    for (const message of await expectAll(rig.openStore({ region: 'eu-west-1' }), 'NO_STORE')) {
      expect(message).toContain('the bucket is in the region us-east-1, not in eu-west-1');
    }
  });

  it('says that the credentials are refused, without any of them', async () => {
    const credentials = {
      accessKeyId: rig.server.credentials.accessKeyId,
      secretAccessKey: 'hunter2-secret',
    };
    const store = rig.openStore({ credentials });
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
    const messages = await expectAll(rig.openStore({ endpoint: `http://127.0.0.1:${port}` }), 'UNAVAILABLE');
    for (const message of messages) expect(message).toContain('it cannot be reached (ECONNREFUSED)');
  });

  it.each([200, 404])('says that something else than S3 answers with a page and %i', async (status) => {
    rig.server.fail({ fault: { type: 'page', status } });
    const store = rig.openStore();
    await expectFailure(store.put('a', lend(SMALL)), 'PROTOCOL');
    await expectFailure(store.list(), 'PROTOCOL');
    await expectFailure(store.open('a'), 'PROTOCOL');
  });
});

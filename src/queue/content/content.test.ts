import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, renameSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { ask } from '../../../test/support/ask.ts';
import { type ObjectStore, openStore, type PutOptions, StoreError } from '../../store/index.ts';
import { type OwnRig, openOwnRig } from '../own-routes/testing/own-rig.ts';
import type { ArtifactRecord } from '../queue.ts';
import { takesCoding } from './content-encoding.ts';
import { createContentRemover } from './index.ts';

const PATIENT = { timeout: 20_000 };
const NAME = 'public/build/a b.txt';

function record(rig: OwnRig, more: Partial<ArtifactRecord> = {}): ArtifactRecord {
  return rig.fake.put({ taskId: rig.fake.add(), name: NAME, storageType: 's3', ...more });
}

interface Sent {
  readonly status: number;
  readonly text: string;
}

/** PUTs bytes to the address that the queue gives out. */
async function put(
  rig: OwnRig,
  artifact: ArtifactRecord,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Sent> {
  const { pathname, search } = new URL(rig.urls.putUrl(artifact, rig.url));
  const all = { 'content-type': artifact.contentType, ...headers };
  return await ask(rig.url, pathname + search, { method: 'PUT', body, headers: all });
}

function get(
  rig: OwnRig,
  artifact: ArtifactRecord,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
) {
  const { pathname, search } = new URL(rig.urls.getUrl(artifact, rig.url));
  return ask(rig.url, pathname + search, { headers, method });
}

describe.concurrent('the bytes of an artifact', () => {
  it('are given back as they came, with their type', async () => {
    await using rig = await openOwnRig();
    const artifact = record(rig);
    expect((await get(rig, artifact)).status).toBe(404);
    const bytes = randomBytes(300_000);
    expect((await put(rig, artifact, bytes)).status).toBe(200);
    const answer = await get(rig, artifact);
    expect(answer.status).toBe(200);
    expect(answer.body.equals(bytes)).toBe(true);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain',
      'content-length': '300000',
      'accept-ranges': 'bytes',
      'content-disposition': 'inline; filename="a b.txt"',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
    });
    const head = await get(rig, artifact, {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-length': '300000' } });
    const known = await get(rig, artifact, { 'if-none-match': answer.headers.etag ?? '' });
    expect(known).toMatchObject({ status: 304, text: '' });
    const rest = await get(rig, artifact, { range: 'bytes=299990-', 'if-range': answer.headers.etag ?? '' });
    expect(rest.status).toBe(206);
    expect(rest.body.equals(bytes.subarray(299_990))).toBe(true);
  });

  it('are taken only by the address that was signed for them, as long as it lasts', async () => {
    await using rig = await openOwnRig({ mode: 'closed' });
    const artifact = record(rig, { name: 'private/x' });
    const other = record(rig);
    const { pathname, search } = new URL(rig.urls.putUrl(artifact, rig.url));
    const send = (path: string, headers = { 'content-type': 'text/plain' }) =>
      ask(rig.url, path, { method: 'PUT', body: 'bytes', headers });
    expect((await send(pathname)).status).toBe(401);
    expect((await send(pathname + search.replace('expires=', 'expires=9'))).status).toBe(401);
    expect((await send(new URL(rig.urls.putUrl(other, rig.url)).pathname + search)).status).toBe(401);
    expect((await send(pathname + search, { 'content-type': 'text/html' })).status).toBe(401);
    const getSigned = new URL(rig.urls.getUrl(artifact, rig.url));
    expect((await send(getSigned.pathname + getSigned.search)).status).toBe(401);
    expect((await ask(rig.url, pathname + search)).status).toBe(401);
    rig.clock.now += 46 * 60_000;
    const late = await send(pathname + search);
    expect(late).toMatchObject({ status: 401, text: expect.stringContaining('expired') });
    rig.clock.now -= 46 * 60_000;
    expect((await send(pathname + search)).status).toBe(200);
  });

  it('are read without a signature where they are public, and with one for a while otherwise', async () => {
    await using rig = await openOwnRig({ mode: 'closed' });
    const [open, hidden] = [record(rig), record(rig, { name: 'private/x' })];
    for (const artifact of [open, hidden]) expect((await put(rig, artifact, 'bytes')).status).toBe(200);
    expect(new URL(rig.urls.getUrl(open, rig.url)).search).toBe('');
    expect((await get(rig, open)).text).toBe('bytes');
    expect((await get(rig, hidden)).text).toBe('bytes');
    const path = new URL(rig.urls.getUrl(hidden, rig.url)).pathname;
    expect((await ask(rig.url, path)).status).toBe(403);
    const scopes = ['queue:get-artifact:private/x'];
    const authorization = rig.sign(hidden.taskId, 'GET', path, scopes);
    expect((await ask(rig.url, path, { headers: { authorization } })).text).toBe('bytes');
    const { search } = new URL(rig.urls.getUrl(hidden, rig.url));
    rig.clock.now += 31 * 60_000;
    expect((await ask(rig.url, path + search)).status).toBe(401);
  });

  it('keep their coding, and are decoded for who does not take it', async () => {
    await using rig = await openOwnRig();
    const artifact = record(rig, { contentType: 'text/plain; charset=utf-8' });
    const coded = gzipSync('a log\n'.repeat(100_000));
    expect((await put(rig, artifact, coded, { 'content-encoding': 'gzip' })).status).toBe(200);
    const asIs = await get(rig, artifact, { 'accept-encoding': 'br, gzip;q=0.5' });
    expect(asIs.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(coded.length),
      vary: 'Accept-Encoding',
    });
    expect(asIs.body.equals(coded)).toBe(true);
    const part = await get(rig, artifact, { 'accept-encoding': 'gzip', range: 'bytes=10-19' });
    expect(part.body.equals(coded.subarray(10, 20))).toBe(true);
    for (const headers of [{}, { 'accept-encoding': 'gzip;q=0, *' }, { 'accept-encoding': 'identity' }]) {
      const decoded = await get(rig, artifact, headers);
      expect(decoded.status).toBe(200);
      expect(decoded.headers['content-encoding']).toBeUndefined();
      expect(decoded.text).toBe('a log\n'.repeat(100_000));
    }
    expect(await (await fetch(rig.urls.getUrl(artifact, rig.url))).text()).toBe('a log\n'.repeat(100_000));
    expect((await put(rig, artifact, 'x', { 'content-encoding': 'gzip, br' })).status).toBe(400);
  });

  it('are decoded where the folder of the store is a copy, which says nothing of codings', async () => {
    let folder = '';
    await using rig = await openOwnRig({
      store(at) {
        folder = join(at, 'store');
        return openStore({ type: 'folder', folder });
      },
    });
    const [log, archive] = [record(rig), record(rig, { name: 'a.gz', contentType: 'application/gzip' })];
    const coded = gzipSync('a log');
    await put(rig, log, coded, { 'content-encoding': 'gzip' });
    await put(rig, archive, coded);
    for (const { key } of (await rig.store.list()).objects) {
      copyFileSync(join(folder, key), join(folder, 'copy'));
      renameSync(join(folder, 'copy'), join(folder, key));
    }
    expect((await get(rig, log)).text).toBe('a log');
    expect((await get(rig, archive)).body.equals(coded)).toBe(true);
  });

  it('are cut off where what was stored as coded is not', async () => {
    await using rig = await openOwnRig();
    const artifact = record(rig);
    const broken = gzipSync(randomBytes(400_000)).subarray(0, 200_000);
    await put(rig, artifact, broken, { 'content-encoding': 'gzip' });
    await expect(get(rig, artifact)).rejects.toThrow();
  });

  it('are those of the last one who sent all of them', async () => {
    await using rig = await openOwnRig();
    const artifact = record(rig);
    await put(rig, artifact, 'first');
    const { pathname, search } = new URL(rig.urls.putUrl(artifact, rig.url));
    const half = request(rig.url + pathname + search, {
      method: 'PUT',
      agent: false,
      headers: { 'content-type': 'text/plain', 'content-length': '100' },
    });
    half.on('error', () => undefined);
    half.write('half of it');
    await vi.waitFor(() => expect(half.socket?.bytesWritten).toBeGreaterThan(100), PATIENT);
    half.destroy();
    await vi.waitFor(
      () => expect(rig.lines.some((line) => line.includes('putContent') && line.includes('left'))).toBe(true),
      PATIENT,
    );
    expect((await get(rig, artifact)).text).toBe('first');
    expect((await put(rig, artifact, 'second')).status).toBe(200);
    expect((await get(rig, artifact)).text).toBe('second');
  });

  it('are as many as were declared', async () => {
    await using rig = await openOwnRig();
    const artifact = record(rig, { contentLength: 5 });
    const wrong = await put(rig, artifact, 'four', { 'content-length': '4' });
    expect(wrong).toMatchObject({ status: 400, text: expect.stringContaining('5 were declared') });
    const { pathname, search } = new URL(rig.urls.putUrl(artifact, rig.url));
    const chunked = request(rig.url + pathname + search, {
      method: 'PUT',
      agent: false,
      headers: { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' },
    });
    chunked.end('six bytes');
    const [answer] = await once(chunked, 'response');
    expect(answer.statusCode).toBe(400);
    answer.resume();
    expect((await get(rig, artifact)).status).toBe(404);
    expect((await put(rig, artifact, 'fives')).status).toBe(200);
  });

  it('have names and types of any kind', async () => {
    await using rig = await openOwnRig();
    const key = 'tasks/x/0/y';
    for (const name of ['a/b/../c', '...', '%2e', 'x'.repeat(1024), 'a?b#c&d=e', '"; drop']) {
      const artifact = record(rig, { name, details: { key }, contentType: 'weird' });
      expect((await put(rig, artifact, name)).status, name).toBe(200);
      expect((await get(rig, artifact)).text).toBe(name);
      // What is no type is not told to browsers as one.
      expect((await get(rig, artifact)).headers['content-type']).toBe('application/octet-stream');
    }
    const page = record(rig, { contentType: 'image/svg+xml' });
    await put(rig, page, '<svg onload="alert(1)"/>');
    const { headers } = await get(rig, page);
    expect(headers['content-security-policy']).toContain('sandbox');
  });

  it('are nowhere without an artifact of theirs', async () => {
    await using rig = await openOwnRig();
    const reference = record(rig, { storageType: 'reference', details: { url: 'http://x' } });
    expect((await put(rig, reference, 'x')).status).toBe(404);
    expect((await get(rig, reference)).status).toBe(404);
    const expired = record(rig, { expires: rig.clock.now - 1 });
    expect((await put(rig, expired, 'x')).status).toBe(410);
    expect((await get(rig, expired)).status).toBe(410);
  });

  it('are refused with 507 where there is no room, with nothing of them to be seen', async () => {
    const full: { is: boolean } = { is: true };
    await using rig = await openOwnRig({ store: async (folder) => filling(folder, full) });
    const artifact = record(rig);
    expect(await put(rig, artifact, 'too much')).toMatchObject({ status: 507 });
    expect((await get(rig, artifact)).status).toBe(404);
    full.is = false;
    expect((await put(rig, artifact, 'enough')).status).toBe(200);
    expect((await get(rig, artifact)).text).toBe('enough');
  });

  it('go with their artifacts', async () => {
    await using rig = await openOwnRig();
    const artifacts = Array.from({ length: 20 }, (_, i) => record(rig, { name: `public/${i}` }));
    for (const artifact of artifacts.slice(5)) await put(rig, artifact, 'x');
    const remove = createContentRemover(rig.store);
    await remove([...artifacts, record(rig, { storageType: 'link' })]);
    await remove(artifacts);
    expect((await rig.store.list()).objects).toEqual([]);
  });

  it('of objects go with all attempts to upload them, and nothing else does', async () => {
    await using rig = await openOwnRig();
    for (const key of ['t/a/1', 't/a/2', 't/ab', 't/b/1'])
      await rig.store.put(key, Readable.from([Buffer.from('x')]));
    const artifact = record(rig, { storageType: 'object', details: { key: 't/a' } });
    const remove = createContentRemover(rig.store);
    for (let time = 0; time < 2; time += 1) await remove([artifact]);
    expect((await rig.store.list()).objects.map(({ key }) => key)).toEqual(['t/ab', 't/b/1']);
  });
});

/** A store on a disk that is full half-way through each content. */
async function filling(folder: string, full: { readonly is: boolean }): Promise<ObjectStore> {
  const store = await openStore({ type: 'folder', folder });
  async function* short(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    yield* content;
    if (full.is) throw new StoreError('NO_SPACE', 'There is no room');
  }
  return {
    ...store,
    put: (key: string, content: AsyncIterable<Uint8Array>, options?: PutOptions) =>
      store.put(key, short(content), options),
  };
}

describe('what a client takes', () => {
  it.each([
    ['gzip', true],
    ['deflate, GZIP', true],
    ['x-gzip', true],
    ['*', true],
    ['*;q=0', false],
    ['gzip;q=0', false],
    ['gzip;q=0, *', false],
    ['br', false],
    ['', false],
    [undefined, false],
  ])('is gzip with %j: %j', (header, expected) => {
    expect(takesCoding(header, 'gzip')).toBe(expected);
  });
});

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type ByteRange, type ObjectStore, openStore } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';
import { rawClient } from '../transfer/testing/raw-client.ts';
import { serveContent } from '../transfer/testing/serve-content.ts';
import { openStoredObject } from './stored-object.ts';

const KEY = 'project-artifacts/app/run/output.tar';
const BYTES = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7 + (i >> 8)) & 255));
const SHA256 = createHash('sha256').update(BYTES).digest('hex');

let closing = new AsyncDisposableStack();
afterEach(async () => {
  await closing.disposeAsync();
  closing = new AsyncDisposableStack();
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-stored-object-'));
  closing.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function opened(store: ObjectStore, key = KEY): Promise<DownloadContent> {
  const content = await openStoredObject(store, key);
  if (content === undefined) throw new Error(`${key} is not there`);
  return closing.use(content);
}

async function bytesOf(content: DownloadContent, range: ByteRange): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of content.read(range, new AbortController().signal))
    copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

const STORES: readonly [string, () => Promise<ObjectStore>][] = [
  ['a folder', async () => openStore({ type: 'folder', folder: await temporaryFolder() })],
  ['memory', () => openStore({ type: 'memory' })],
];

describe.each(STORES)('an object in %s', (_name, open) => {
  test('is named by its digest, whatever else names it in its store', async () => {
    const store = closing.use(await open());
    const { modifiedAt } = await store.put(KEY, once(BYTES), { mediaType: 'application/x-tar' });
    expect(await opened(store)).toMatchObject({
      sizeBytes: BYTES.length,
      etag: SHA256,
      sha256: SHA256,
      modifiedAt,
      mediaType: 'application/x-tar',
      fileName: 'output.tar',
    });
  });

  test('is called what the caller wants', async () => {
    const store = closing.use(await open());
    await store.put(KEY, once(BYTES), { mediaType: 'application/x-tar' });
    const content = await openStoredObject(store, KEY, {
      fileName: 'a.tar',
      mediaType: 'binary/octet-stream',
    });
    expect(content).toMatchObject({ fileName: 'a.tar', mediaType: 'binary/octet-stream' });
  });

  test('is read by range, as often as one likes', async () => {
    const store = closing.use(await open());
    await store.put(KEY, once(BYTES));
    const content = await opened(store);
    for (const [start, end] of [
      [0, BYTES.length],
      [1, 2],
      [150_000, 200_000],
    ] as const)
      expect((await bytesOf(content, { start, end })).equals(BYTES.subarray(start, end))).toBe(true);
  });

  test('is not there where there is none', async () => {
    const store = closing.use(await open());
    expect(await openStoredObject(store, KEY)).toBeUndefined();
  });

  test('is none any more when another one has taken its place, or it was removed', async () => {
    const store = closing.use(await open());
    await store.put(KEY, once(BYTES));
    const content = await opened(store);
    await store.put(KEY, once(Buffer.from('something else')));
    await expect(bytesOf(content, { start: 0, end: 10 })).rejects.toMatchObject({ code: 'CHANGED' });
    await store.remove(KEY);
    await expect(bytesOf(content, { start: 0, end: 10 })).rejects.toMatchObject({ code: 'CHANGED' });
  });

  test('is sent over HTTP, and resumed where it was cut', async () => {
    const store = closing.use(await open());
    await store.put(KEY, once(BYTES));
    const server = closing.use(await serveContent(await opened(store)));
    const client = closing.use(await rawClient(server.port));
    client.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const whole = await client.response();
    expect(whole.body.equals(BYTES)).toBe(true);
    client.send(
      `GET / HTTP/1.1\r\nhost: x\r\nrange: bytes=123456-\r\nif-range: ${whole.headers['etag']}\r\n\r\n`,
    );
    const rest = await client.response();
    expect(rest.status).toBe(206);
    expect(rest.body.equals(BYTES.subarray(123_456))).toBe(true);
    expect(rest.headers['repr-digest']).toBe(`sha-256=:${Buffer.from(SHA256, 'hex').toString('base64')}:`);
  });
});

test('a file that somebody put into the folder is named by its version, and its digest is not guessed', async () => {
  const folder = await temporaryFolder();
  const store = closing.use(await openStore({ type: 'folder', folder }));
  await mkdir(join(folder, 'by-hand'));
  await writeFile(join(folder, 'by-hand/file.bin'), BYTES);
  const content = await opened(store, 'by-hand/file.bin');
  expect(content.sha256).toBeUndefined();
  expect(content.etag).toBe((await store.head('by-hand/file.bin'))?.version);
  expect(content.mediaType).toBe('application/octet-stream');
  await writeFile(join(folder, 'by-hand/file.bin'), Buffer.alloc(BYTES.length + 1));
  await expect(bytesOf(content, { start: 0, end: 10 })).rejects.toMatchObject({ code: 'CHANGED' });
});

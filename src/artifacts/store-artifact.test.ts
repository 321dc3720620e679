import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../store/index.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { gatherFacts } from './content-facts.ts';
import { type ArtifactContent, readManifest, type StoreArtifactOptions, storeArtifact } from './index.ts';
import { borrowed } from './testing/borrowed.ts';
import { craftTar } from './testing/crafted-tar.ts';
import { openFaultyStore } from './testing/faulty-store.ts';

const KEY = 'project-artifacts/app/r1/output.tar';
const MANIFEST = `${KEY}.manifest.json`;
const TAR = craftTar({ name: 'o/', type: '5' }, { name: 'o/a.txt', content: 'hello' });
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-store-'));
  file = join(folder, 'output.tar');
  writeFileSync(file, TAR);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const options = (store: ObjectStore, changes: Partial<StoreArtifactOptions> = {}): StoreArtifactOptions => ({
  store,
  key: KEY,
  runId: 'r1',
  name: 'output',
  fileName: 'output.tar',
  content: { stream: borrowed(TAR, 700) },
  format: 'tar',
  ...changes,
});

async function stored(store: ObjectStore, key: string): Promise<Buffer> {
  await using content = await store.open(key);
  const pieces: Buffer[] = [];
  for await (const chunk of content ?? []) pieces.push(Buffer.from(chunk));
  return Buffer.concat(pieces);
}

describe('an artifact', () => {
  it.each<[string, () => ArtifactContent | Promise<ArtifactContent>]>([
    ['a stream', () => ({ stream: borrowed(TAR, 700) })],
    ['a file', () => ({ file })],
    [
      'a file that was looked at before',
      async () => {
        const gathering = gatherFacts({ format: 'tar', digest: true });
        for await (const _ of gathering.pass(borrowed(TAR, 100)));
        return { file, facts: await gathering.facts() };
      },
    ],
  ])('is stored from %s with a manifest that says what is in it', async (_, content) => {
    await using store = openMemoryStore();
    const manifest = await storeArtifact(options(store, { content: await content() }));
    expect(await stored(store, KEY)).toEqual(TAR);
    expect(await readManifest(store, KEY)).toEqual(manifest);
    expect(manifest).toMatchObject({
      version: 1,
      runId: 'r1',
      name: 'output',
      fileName: 'output.tar',
      key: KEY,
      sizeBytes: TAR.length,
      sha256: sha256(TAR),
      crc32: crc32(TAR),
      mediaType: 'application/x-tar',
      entries: [
        { path: 'a.txt', type: 'file', sizeBytes: 5, offset: 1024, sha256: sha256(Buffer.from('hello')) },
      ],
    });
    expect(await store.head(KEY)).toMatchObject({ mediaType: 'application/x-tar', sha256: sha256(TAR) });
  });

  it('that is no tar has no entries', async () => {
    await using store = openMemoryStore();
    const bytes = Buffer.from('anything');
    const content = { stream: borrowed(bytes, 3) };
    const manifest = await storeArtifact(
      options(store, { content, format: 'other', fileName: 'docker.tar.sz', name: 'container' }),
    );
    expect(manifest).not.toHaveProperty('entries');
    expect(manifest).toMatchObject({
      sizeBytes: 8,
      crc32: crc32(bytes),
      sha256: sha256(bytes),
      mediaType: 'application/x-snappy-framed',
    });
  });

  it('expires together with its manifest', async () => {
    const clock = { now: Date.now() };
    await using store = openMemoryStore({ now: () => clock.now });
    const expiresAt = clock.now + 1000;
    expect(await storeArtifact(options(store, { expiresAt }))).toMatchObject({ expiresAt });
    clock.now = expiresAt;
    expect(await store.head(KEY)).toBeUndefined();
    expect(await readManifest(store, KEY)).toBeUndefined();
  });

  it('is there without the names of its files where they are more than a manifest holds', async () => {
    await using store = openMemoryStore();
    const entry = {
      type: 'link',
      mode: 0,
      modifiedAt: 0,
      sizeBytes: 0,
      target: 't'.repeat(2 ** 20),
    } as const;
    const entries = Array.from({ length: 70 }, (_, i) => ({ ...entry, path: String(i) }));
    const facts = { sizeBytes: TAR.length, crc32: 0, entries };
    const manifest = await storeArtifact(options(store, { content: { file, facts } }));
    expect(manifest).toMatchObject({ entriesOmitted: true });
    expect(manifest).not.toHaveProperty('entries');
    expect(await readManifest(store, KEY)).toEqual(manifest);
  });

  it('leaves nothing where its tar is cut off or not safe', async () => {
    await using store = openFaultyStore();
    const cut = options(store, { content: { stream: borrowed(TAR.subarray(0, 1100), 512) } });
    await expect(storeArtifact(cut)).rejects.toMatchObject({ name: 'ArtifactError', code: 'CORRUPT' });
    const hostile = { stream: borrowed(craftTar({ name: 'o/../../x' }), 512) };
    await expect(storeArtifact(options(store, { content: hostile }))).rejects.toMatchObject({
      code: 'UNSAFE',
    });
    expect(await store.keys()).toEqual([]);
  });

  it.each(['NO_SPACE', 'UNAVAILABLE', 'FORBIDDEN'] as const)(
    'leaves nothing, and no manifest of an earlier attempt, where the store says %s',
    async (code) => {
      await using store = openFaultyStore();
      await storeArtifact(options(store));
      store.next(/output\.tar$/, { kind: 'fail', code, afterBytes: 700 });
      const replaced = options(store, { content: { file } });
      await expect(storeArtifact(replaced)).rejects.toMatchObject({ name: 'StoreError', code });
      expect(await store.keys()).toEqual([KEY]);
      expect(await readManifest(store, KEY)).toBeUndefined();
    },
  );

  it('is not complete until its manifest is there', async () => {
    await using store = openFaultyStore();
    store.next(/manifest/, { kind: 'fail', code: 'UNAVAILABLE' });
    await expect(storeArtifact(options(store))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await readManifest(store, KEY)).toBeUndefined();
    await storeArtifact(options(store));
    expect(await store.keys()).toEqual([KEY, MANIFEST]);
  });

  it('is not stored when the signal aborts in the middle', async () => {
    await using store = openFaultyStore();
    const stop = new AbortController();
    store.next(/output\.tar$/, { kind: 'stall', afterBytes: 700 });
    const storing = storeArtifact(options(store, { signal: stop.signal }));
    await store.stalled;
    stop.abort(new Error('enough'));
    await expect(storing).rejects.toThrow('enough');
    expect(await store.keys()).toEqual([]);
  });

  it('is not stored from a file that became another one since it was looked at', async () => {
    await using store = openFaultyStore();
    const facts = { sizeBytes: TAR.length + 1, crc32: 0, entries: [] };
    await expect(storeArtifact(options(store, { content: { file, facts } }))).rejects.toMatchObject({
      name: 'StoreError',
    });
    expect(await store.keys()).toEqual([]);
  });
});

describe('a manifest', () => {
  const write = async (store: ObjectStore, text: string): Promise<void> => {
    await store.put(MANIFEST, borrowed(Buffer.from(text), 50));
  };

  it('is absent where there is none', async () => {
    await using store = openMemoryStore();
    expect(await readManifest(store, KEY)).toBeUndefined();
  });

  it.each([
    ['no JSON', () => '{'],
    ['another version', (text: string) => text.replace('"version":1', '"version":2')],
    ['a path that goes up', (text: string) => text.replace('a.txt', '../a.txt')],
    ['an absolute path', (text: string) => text.replace('"a.txt"', '"/a.txt"')],
    ['a content behind the end of the tar', (text: string) => text.replace('"offset":1024', '"offset":9999')],
    ['a digest that is none', (text: string) => text.replace(/"sha256":"../, '"sha256":"zz')],
    [
      'more values than memory is for',
      (text: string) => `${text.slice(0, -1)},"x":[${'{},'.repeat(2_600_000)}1]}`,
    ],
    [
      'a time that is no date',
      (text: string) => text.replace(/"storedAt":\d+/, '"storedAt":9007199254740991'),
    ],
    ['the key of another artifact', (text: string) => text.replace('/r1/', '/r2/')],
  ])('with %s is told as damaged', async (_, spoil) => {
    await using store = openMemoryStore();
    await storeArtifact(options(store));
    const text = (await stored(store, MANIFEST)).toString();
    const spoilt = spoil(text);
    expect(spoilt).not.toBe(text);
    await write(store, spoilt);
    const reading = readManifest(store, KEY);
    await expect(reading).rejects.toMatchObject({ name: 'ArtifactError', code: 'CORRUPT' });
    await expect(reading).rejects.toThrow(/The manifest of .*output\.tar in memory is damaged: /);
  });
});

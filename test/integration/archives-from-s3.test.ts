import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packItems, type TarItem } from '../../src/archive/index.ts';
import { type ArtifactManifest, storeArtifact } from '../../src/artifacts/index.ts';
import {
  createContentCache,
  openArchiveOf,
  openTarEntry,
  readCachedManifest,
} from '../../src/download/index.ts';
import { readAll } from '../../src/download/testing/stored-tars.ts';
import { type ObjectStore, openStore, StoreError } from '../../src/store/index.ts';
import { type S3Server, startS3Server } from '../../src/store/testing/s3-server.ts';

const FILES = 2000;
const KEY = 'project-artifacts/app/run/output.tar';

let server: S3Server;
let store: ObjectStore;
let folder: string;

beforeEach(async () => {
  server = await startS3Server();
  const { bucket, region, endpoint, credentials } = server;
  store = await openStore({ type: 's3', bucket, region, endpoint, credentials });
  folder = mkdtempSync(join(tmpdir(), 'slipway-archive-s3-'));
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Stores 2,000 small files the way a run does it. */
async function storeFiles(): Promise<ArtifactManifest> {
  const items = Array.from({ length: FILES }, (_, i): TarItem => {
    return { type: 'file', name: `output/d${i % 20}/f${i}`, content: `content ${i}` };
  });
  const tar = join(folder, 'output.tar');
  const parts: Buffer[] = [];
  for await (const part of packItems(items)) parts.push(part);
  writeFileSync(tar, Buffer.concat(parts));
  const about = { runId: 'run', name: 'output', fileName: 'output.tar', format: 'tar' } as const;
  return await storeArtifact({ store, key: KEY, content: { file: tar }, ...about });
}

async function storedTar() {
  await storeFiles();
  const cache = createContentCache();
  const manifest = await readCachedManifest({ store, key: KEY, cache });
  if (manifest?.entries === undefined) throw new Error('the artifact has no manifest');
  return { tar: { ...manifest, entries: manifest.entries }, cache };
}

const asked = (since: number): string[] =>
  server.requests.slice(since).map(({ operation, status }) => `${operation} ${status}`);

describe('an artifact in S3', () => {
  it('becomes a zip with two requests, however many files are in it', async () => {
    const { tar, cache } = await storedTar();
    const before = server.requests.length;
    const content = await openArchiveOf({ store, tar, cache, format: 'zip' });
    if (content === undefined) throw new Error('there is no such archive');
    const archive = join(folder, 'output.zip');
    writeFileSync(archive, await readAll(content));
    expect(asked(before)).toEqual([expect.stringMatching(/^head/i), expect.stringMatching(/^get.* 206$/i)]);
    const result = spawnSync('unzip', ['-tq', archive]);
    expect([result.status, String(result.stdout)]).toEqual([0, expect.stringContaining('No errors')]);
  });

  it('gives one of its files with two requests', async () => {
    const { tar } = await storedTar();
    const before = server.requests.length;
    const opened = await openTarEntry({ store, tar, path: 'd7/f1027' });
    if (opened?.type !== 'file') throw new Error('there is no such file');
    expect(String(await readAll(opened.content))).toBe('content 1027');
    expect(asked(before)).toHaveLength(2);
  });

  it('ends a download with an error when S3 does, and not with other bytes', async () => {
    const { tar, cache } = await storedTar();
    const content = await openArchiveOf({ store, tar, cache, format: 'tar' });
    if (content === undefined) throw new Error('there is no such archive');
    await store.put(KEY, other(tar.sizeBytes));
    await expect(readAll(content)).rejects.toThrow(expect.objectContaining({ code: 'CHANGED' }));
    await store.remove(KEY);
    await expect(readAll(content)).rejects.toThrow(StoreError);
  });
});

async function* other(sizeBytes: number): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(sizeBytes, 'x');
}

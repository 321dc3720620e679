import { type FileHandle, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileChunks } from './file-chunks.ts';

const MIB = 1024 * 1024;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-file-chunks-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Bytes of which any two places differ, nearly. */
function pattern(sizeBytes: number): Buffer {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  for (let i = 0; i < words.length; i += 1) words[i] = Math.imul(i + 1, 2_654_435_761);
  return Buffer.from(words.buffer, 0, sizeBytes);
}

async function fileOf(name: string, content: Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

async function readUpTo(chunks: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<void> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > sizeBytes) break;
  }
}

/** Stands for a writer that is slower than the disk: the next chunk has long been read before it looks at this one. */
const diskIsIdle = async (path: string): Promise<void> => {
  await using file = await open(path);
  for (let i = 0; i < 4; i += 1) await file.read(Buffer.alloc(1), 0, 1, 0);
};

test.each([
  ['nothing', 0, 0],
  ['the first byte', 0, 1],
  ['the last byte', 20 * MIB - 1, 20 * MIB],
  ['less than a chunk', 1000, 3000],
  ['exactly one small chunk', 65_536, 131_072],
  ['one byte more than a small chunk', 0, 65_537],
  ['all, through the change to large chunks', 0, 20 * MIB],
  ['what is not aligned to anything', 12_345, 15 * MIB + 7],
])('a range is read as it is in the file: %s', async (_name, start, end) => {
  const content = pattern(20 * MIB);
  await using file = await open(await fileOf('ranges', content));
  const read = await collect(fileChunks(file, { start, end }));
  expect(read.equals(content.subarray(start, end))).toBe(true);
});

test('a chunk is not written over while it is looked at, however far the reading is ahead', async () => {
  const content = pattern(12 * MIB);
  const path = await fileOf('lent', content);
  await using file = await open(path);
  let position = 0;
  let same = true;
  for await (const chunk of fileChunks(file, { start: 0, end: content.length })) {
    if (position % (8 * 65_536) === 0) await diskIsIdle(path);
    same &&= Buffer.compare(chunk, content.subarray(position, position + chunk.length)) === 0;
    position += chunk.length;
  }
  expect(position).toBe(content.length);
  expect(same).toBe(true);
});

test('readers of one file at the same time do not read into each other, also where some stop early', async () => {
  const content = pattern(14 * MIB);
  await using file = await open(await fileOf('many', content));
  const readers = Array.from({ length: 40 }, async (_, i) => {
    const stopAt = i % 3 === 0 ? 9 * MIB + i * 100_000 : content.length;
    let position = 0;
    for await (const chunk of fileChunks(file, { start: 0, end: content.length })) {
      if (Buffer.compare(chunk, content.subarray(position, position + chunk.length)) !== 0) return false;
      position += chunk.length;
      if (position >= stopAt) break;
    }
    return true;
  });
  expect(await Promise.all(readers)).toEqual(readers.map(() => true));
});

test('a file that is too short says so, after all that it has', async () => {
  const content = pattern(200_000);
  await using file = await open(await fileOf('short', content));
  const chunks = fileChunks(file, { start: 0, end: 300_000 });
  let size = 0;
  const reading = (async () => {
    for await (const chunk of chunks) size += chunk.length;
  })();
  await expect(reading).rejects.toMatchObject({ name: 'StoreError', code: 'TRUNCATED' });
  expect(size).toBe(200_000);
});

test('a file that shrinks while it is read says so, and hands out nothing that was not in it', async () => {
  const content = pattern(MIB);
  const path = await fileOf('shrinking', content);
  await using file = await open(path);
  const chunks = fileChunks(file, { start: 0, end: MIB });
  const first = await chunks.next();
  expect(first.done).toBe(false);
  await truncate(path, 150_000);
  let position = first.value?.length ?? 0;
  const reading = (async () => {
    for await (const chunk of chunks) {
      expect(chunk.equals(content.subarray(position, position + chunk.length))).toBe(true);
      position += chunk.length;
    }
  })();
  await expect(reading).rejects.toMatchObject({
    code: 'TRUNCATED',
    message: expect.stringContaining('150000'),
  });
});

test('a file that cannot be read is trouble with the store', async () => {
  await using file = await open(folder);
  await expect(collect(fileChunks(file, { start: 0, end: 10 }))).rejects.toMatchObject({
    name: 'StoreError',
    code: 'UNAVAILABLE',
  });
});

test('an end before the end leaves the handle open and free to be read', async () => {
  const content = pattern(MIB);
  await using file = await open(await fileOf('early', content));
  const chunks = fileChunks(file, { start: 0, end: MIB });
  await chunks.next();
  await chunks.return();
  expect((await chunks.next()).done).toBe(true);
  expect((await file.read(Buffer.alloc(10), 0, 10, 0)).bytesRead).toBe(10);
});

test('an early end waits for the read that goes on, which still writes into its memory', async () => {
  const reads: (() => void)[] = [];
  const slow = {
    async read(_memory: Buffer, _offset: number, length: number) {
      await new Promise<void>((resolve) => reads.push(resolve));
      return { bytesRead: length };
    },
  };
  // All that is used of a handle.
  const chunks = fileChunks(slow as unknown as FileHandle, { start: 0, end: MIB });
  const first = chunks.next();
  reads[0]?.();
  await first;
  let hasEnded = false;
  const end = chunks.return().then(() => {
    hasEnded = true;
  });
  await setImmediate();
  expect({ reads: reads.length, hasEnded }).toEqual({ reads: 2, hasEnded: false });
  reads[1]?.();
  await end;
});

/** Reads until a chunk is of a size, and goes no further; whether one was. */
async function reaches(chunks: AsyncIterator<Uint8Array>, sizeBytes: number): Promise<boolean> {
  for (;;) {
    const next = await chunks.next();
    if (next.done) return false;
    if (next.value.length === sizeBytes) return true;
  }
}

const SMALL = 64 * 1024;
const LARGE = 512 * 1024;

test('there are large chunks for 32 readers at a time, however others have ended', async () => {
  await using file = await open(await fileOf('ends', Buffer.alloc(12 * MIB)));
  const range = { start: 0, end: 12 * MIB };
  await readUpTo(fileChunks(file, range), 20 * MIB);
  await readUpTo(fileChunks(file, range), 9 * MIB);
  await expect(readUpTo(fileChunks(file, { start: 0, end: 14 * MIB }), 20 * MIB)).rejects.toThrow();
  const controller = new AbortController();
  const aborted = fileChunks(file, range, controller.signal);
  await reaches(aborted, LARGE);
  controller.abort();
  await expect(aborted.next()).rejects.toThrow();

  const readers = Array.from({ length: 33 }, () => fileChunks(file, range));
  const reached: boolean[] = [];
  for (const reader of readers) reached.push(await reaches(reader, LARGE));
  expect(reached).toEqual([...Array.from({ length: 32 }, () => true), false]);
  for (const reader of readers) await reader.return();
});

test('thousands of readers get little memory each, and more when others have gone', async () => {
  await using file = await open(await fileOf('thousands', Buffer.alloc(12 * MIB)));
  const readers = Array.from({ length: 1000 }, () => fileChunks(file, { start: 0, end: 12 * MIB }));
  const sizes: number[] = [];
  for (const reader of readers) sizes.push((await reader.next()).value?.length ?? 0);
  expect(sizes.filter((size) => size === SMALL)).toHaveLength(256);
  expect(sizes.filter((size) => size === 16 * 1024)).toHaveLength(744);
  const last = readers.pop();
  for (const reader of readers) await reader.return();
  expect(last && (await reaches(last, SMALL)) && (await reaches(last, LARGE))).toBe(true);
  await last?.return();
});

test('an aborted signal ends the reading with its reason', async () => {
  await using file = await open(await fileOf('aborted', pattern(MIB)));
  const controller = new AbortController();
  const chunks = fileChunks(file, { start: 0, end: MIB }, controller.signal);
  await chunks.next();
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(chunks.next()).rejects.toBe(reason);
  await expect(fileChunks(file, { start: 0, end: MIB }, controller.signal).next()).rejects.toBe(reason);
});

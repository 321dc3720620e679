import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import {
  checkObject,
  encodeHashedHeader,
  encodeStoredHeader,
  type FileHeader,
  type ObjectName,
  objectId,
  openFilez,
  verifyObject,
  writeFilez,
} from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-filez-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'object');

const facts: Omit<FileHeader, 'sizeBytes'> = { uid: 0, gid: 0, mode: 0o100644, xattrs: [] };
const MAX = 64 * 1024 * 1024;

/** Pieces in one piece of memory that is used again, as a file is read. */
async function* borrowed(bytes: Uint8Array, pieceBytes: number) {
  const memory = Buffer.alloc(pieceBytes);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    memory.fill(0xff).set(piece);
    yield memory.subarray(0, piece.length);
  }
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>) {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(Buffer.from(piece));
  return Buffer.concat(all);
}

const storedBytes = (bytes: Uint8Array, pieceBytes = 8192) => ({
  sizeBytes: bytes.length,
  [Symbol.asyncIterator]: () => borrowed(bytes, pieceBytes),
  [Symbol.asyncDispose]: () => Promise.resolve(),
});

const nameOf = (header: FileHeader, content: Uint8Array): ObjectName => ({
  id: objectId(Buffer.concat([encodeHashedHeader(header), content])),
  kind: 'filez',
});

const verify = (
  name: ObjectName,
  bytes: Uint8Array,
  options: { sizeBytes?: number; maxBytes?: number; pieceBytes?: number } = {},
) =>
  bytesOf(
    verifyObject(name, borrowed(bytes, options.pieceBytes ?? 8192), {
      sizeBytes: options.sizeBytes ?? bytes.length,
      maxBytes: options.maxBytes ?? MAX,
    }),
  );

async function contentOf(bytes: Uint8Array, pieceBytes?: number) {
  await using opened = await openFilez(storedBytes(bytes, pieceBytes));
  return bytesOf(opened.content);
}

const TEXT = Buffer.from('a line of text that is easy to compress\n'.repeat(100_000));

describe.each([
  ['an empty file', Buffer.alloc(0)],
  ['a small file', Buffer.from('hello\n')],
  ['a file of a page', TEXT.subarray(0, 4096)],
  ['a file of exactly one part', Buffer.concat([randomBytes(1024 * 512), TEXT.subarray(0, 1024 * 512)])],
  ['a file that becomes much smaller', TEXT],
  ['a file that does not become smaller', randomBytes(3_000_001)],
  ['a file of both', Buffer.concat([randomBytes(2_000_000), TEXT, randomBytes(1_000_000)])],
])('%s', (_, content) => {
  const header: FileHeader = { ...facts, sizeBytes: content.length };

  test('is written under its name, and passes its check unchanged', async () => {
    const written = await writeFilez(file, header, borrowed(content, 65_536));
    const stored = readFileSync(file);
    expect(written).toEqual({ name: nameOf(header, content), sizeBytes: stored.length });
    expect((await verify(written.name, stored)).equals(stored)).toBe(true);
    checkObject(written.name, stored, MAX);
  });

  test('is read again', async () => {
    await writeFilez(file, header, content);
    const stored = readFileSync(file);
    await using opened = await openFilez(storedBytes(stored));
    expect(opened.header).toEqual(header);
    expect((await bytesOf(opened.content)).equals(content)).toBe(true);
  });

  test('is refused where a byte is missing or too much, or another', async () => {
    await writeFilez(file, header, content);
    const stored = readFileSync(file);
    const name = nameOf(header, content);
    const other = Buffer.from(stored);
    other[20] = (other[20] ?? 0) ^ 1;
    for (const bytes of [stored.subarray(0, -1), Buffer.concat([stored, Buffer.from([0])]), other]) {
      await expect(verify(name, bytes)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
      expect(() => checkObject(name, bytes, MAX)).toThrow(
        expect.objectContaining({ code: 'CORRUPT_OBJECT' }),
      );
    }
    await expect(contentOf(stored.subarray(0, -1))).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
    await expect(contentOf(Buffer.concat([stored, Buffer.from([0])]))).rejects.toMatchObject({
      code: 'CORRUPT_OBJECT',
    });
  });
});

describe('a symbolic link', () => {
  const link: FileHeader = { ...facts, sizeBytes: 0, mode: 0o120777, target: 'hello.txt' };

  test('is its header and nothing else', async () => {
    const { name } = await writeFilez(file, link, Buffer.alloc(0));
    const stored = readFileSync(file);
    expect(stored.equals(encodeStoredHeader(link))).toBe(true);
    expect((await verify(name, stored)).equals(stored)).toBe(true);
    expect((await contentOf(stored)).length).toBe(0);
    await expect(verify(name, Buffer.concat([stored, Buffer.from([3, 0])]))).rejects.toThrow('content');
  });
});

describe('a compressed bomb', () => {
  const bomb = deflateRawSync(Buffer.alloc(50_000_000));

  test.each([1000, 100_000])('that says %d bytes is stopped there', async (sizeBytes) => {
    const header = { ...facts, sizeBytes };
    const stored = Buffer.concat([encodeStoredHeader(header), bomb]);
    const name = nameOf(header, Buffer.alloc(sizeBytes));
    await expect(verify(name, stored)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
    await expect(contentOf(stored)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
  });

  test('that says how large it is is refused by the limit', async () => {
    const header = { ...facts, sizeBytes: 50_000_000 };
    const stored = Buffer.concat([encodeStoredHeader(header), bomb]);
    const name = nameOf(header, Buffer.alloc(50_000_000));
    await expect(verify(name, stored, { maxBytes: 49_999_999 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(await verify(name, stored, { maxBytes: 50_000_000 })).toHaveLength(stored.length);
  });

  test('stored in few bytes is not unpacked in memory', async () => {
    const small = deflateRawSync(Buffer.alloc(20_000_000));
    const header = { ...facts, sizeBytes: 20_000_000 };
    const stored = Buffer.concat([encodeStoredHeader(header), small]);
    expect(stored.length).toBeLessThan(32 * 1024);
    expect(await verify(nameOf(header, Buffer.alloc(20_000_000)), stored)).toHaveLength(stored.length);
    let largest = 0;
    await using opened = await openFilez(storedBytes(stored));
    for await (const piece of opened.content) largest = Math.max(largest, piece.length);
    expect(largest).toBeLessThanOrEqual(64 * 1024);
  });
});

describe('content behind the end of the compressed bytes', () => {
  const content = TEXT.subarray(0, 2_000_000);
  const header = { ...facts, sizeBytes: content.length };
  const name = nameOf(header, content);

  test.each([1, 8192, 100_000])('is refused, %d bytes of it in pieces of any size', async (extra) => {
    const packed = deflateRawSync(content, { level: 0 });
    const stored = Buffer.concat([encodeStoredHeader(header), packed, randomBytes(extra)]);
    for (const pieceBytes of [4096, 34 + packed.length, 1_000_000]) {
      await expect(verify(name, stored, { pieceBytes })).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
      await expect(contentOf(stored, pieceBytes)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
    }
  });
});

describe('whoever stops early', () => {
  test('leaves nothing running, while it is checked and while it is read', async () => {
    const content = randomBytes(3_000_000);
    const header = { ...facts, sizeBytes: content.length };
    const { name } = await writeFilez(file, header, content);
    const stored = readFileSync(file);
    for await (const _ of verifyObject(name, borrowed(stored, 8192), {
      sizeBytes: stored.length,
      maxBytes: MAX,
    }))
      break;
    await using opened = await openFilez(storedBytes(stored));
    for await (const _ of opened.content) break;
  });

  test('hears what went wrong where the bytes come from', async () => {
    async function* broken() {
      yield encodeStoredHeader({ ...facts, sizeBytes: 1_000_000 });
      throw new Error('the disk is gone');
    }
    const options = { sizeBytes: 1_000_000, maxBytes: MAX };
    const name: ObjectName = { id: '0'.repeat(64), kind: 'filez' };
    await expect(bytesOf(verifyObject(name, broken(), options))).rejects.toThrow('the disk is gone');
    const opened = await openFilez({
      ...storedBytes(Buffer.alloc(0)),
      sizeBytes: 1_000_000,
      [Symbol.asyncIterator]: broken,
    });
    await expect(bytesOf(opened.content)).rejects.toThrow('the disk is gone');
  });
});

test('a file that changes while it is read is not stored', async () => {
  const header = { ...facts, sizeBytes: 2_000_000 };
  await expect(writeFilez(file, header, borrowed(TEXT.subarray(0, 1_999_999), 65_536))).rejects.toMatchObject(
    { code: 'BAD_TREE' },
  );
  await expect(writeFilez(file, header, borrowed(TEXT.subarray(0, 2_000_001), 65_536))).rejects.toMatchObject(
    { code: 'BAD_TREE' },
  );
  await expect(writeFilez(file, { ...facts, sizeBytes: 5 }, Buffer.from('four'))).rejects.toMatchObject({
    code: 'BAD_TREE',
  });
});

describe('an object of no bytes', () => {
  test.each(['filez', 'commit', 'dirtree', 'dirmeta'] as const)(
    'is no %s, whatever it is called',
    async (kind) => {
      for (const pieces of [[], [Buffer.alloc(0)]]) {
        async function* stored(): AsyncGenerator<Buffer> {
          yield* pieces;
        }
        for (const id of [objectId(Buffer.alloc(0)), 'ab'.repeat(32)]) {
          const verified = bytesOf(verifyObject({ id, kind }, stored(), { sizeBytes: 0, maxBytes: 1000 }));
          await expect(verified).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
        }
      }
    },
  );
});

import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArtifactError } from './error.ts';
import { indexTar, type ManifestEntry } from './index.ts';
import { readTarFacts } from './tar-index.ts';
import { borrowed } from './testing/borrowed.ts';
import { type CraftedEntry, craftTar, paxRecord } from './testing/crafted-tar.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-index-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tarOf = (...words: readonly string[]): Buffer =>
  execFileSync('tar', ['-C', folder, '-cf', '-', ...words], { maxBuffer: 2 ** 28 });

const byPath = (entries: readonly ManifestEntry[]): ManifestEntry[] =>
  entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));

/** What the disk itself says of everything below a folder. */
function onDisk(root: string): Omit<ManifestEntry, 'offset' | 'mediaType'>[] {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return names.map((path) => {
    const stats = lstatSync(join(root, path));
    const common = { path, mode: stats.mode & 0o7777, modifiedAt: Math.floor(stats.mtimeMs / 1000) };
    if (stats.isDirectory()) return { ...common, type: 'folder', sizeBytes: 0 };
    if (stats.isSymbolicLink())
      return { ...common, type: 'link', sizeBytes: 0, target: readlinkSync(join(root, path)) };
    const bytes = readFileSync(join(root, path));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { ...common, type: 'file', sizeBytes: bytes.length, sha256, crc32: crc32(bytes) };
  });
}

/** Holds an index against the disk, and against the bytes of the tar where it says that contents are. */
function expectSame(entries: readonly ManifestEntry[], tar: Buffer): void {
  const without = entries.map(({ offset: _, mediaType: __, ...rest }) => rest);
  expect(byPath(without)).toEqual(byPath(onDisk(join(folder, 'output'))));
  for (const { path, type, offset, sizeBytes } of entries) {
    expect(offset === undefined).toBe(type !== 'file');
    if (offset === undefined) continue;
    const content = tar.subarray(offset, offset + sizeBytes);
    expect(content.equals(readFileSync(join(folder, 'output', path)))).toBe(true);
  }
}

const name = fc.stringMatching(/^[a-zA-Z0-9 äß日🚀."'&-]{1,12}$/u).filter((text) => !/^\.*$/.test(text));
const tree = fc.uniqueArray(
  fc.record({
    parts: fc.array(name, { minLength: 1, maxLength: 4 }),
    kind: fc.constantFrom('file', 'file', 'folder', 'link'),
    content: fc.uint8Array({ maxLength: 3000 }),
    mode: fc.constantFrom(0o644, 0o600, 0o755, 0o4755),
    at: fc.integer({ min: 0, max: 4_000_000_000 }),
  }),
  { selector: ({ parts }) => parts.join('/'), maxLength: 12 },
);

type Tree = typeof tree extends fc.Arbitrary<infer T> ? T : never;

function makeTree(items: Tree): void {
  rmSync(join(folder, 'output'), { recursive: true, force: true });
  mkdirSync(join(folder, 'output'));
  for (const { parts, kind, content, mode, at } of items) {
    const path = join(folder, 'output', ...parts);
    try {
      mkdirSync(dirname(path), { recursive: true });
      if (kind === 'folder') mkdirSync(path, { recursive: true });
      else if (kind === 'link') symlinkSync(`../${parts.join('/')}`, path);
      else writeFileSync(path, content, { flag: 'wx' });
    } catch {
      continue; // below a file of the tree, or in the place of a folder
    }
    if (kind === 'file') chmodSync(path, mode);
    if (kind === 'file') utimesSync(path, at, at);
  }
}

describe('the index of a tar', () => {
  it.each(['gnu', 'pax', 'ustar'])('says what a tar of the format %s unpacks to', async (format) => {
    await fc.assert(
      fc.asyncProperty(tree, fc.integer({ min: 1, max: 5000 }), async (items, size) => {
        makeTree(items);
        const tar = tarOf(`--format=${format}`, 'output');
        expectSame(await indexTar(borrowed(tar, size)), tar);
      }),
      { numRuns: 25 },
    );
  });

  it.each(['gnu', 'pax'])('takes names of any length from the extensions of %s', async (format) => {
    const long = join(folder, 'output', 'd'.repeat(200), 'e'.repeat(200));
    mkdirSync(long, { recursive: true });
    writeFileSync(join(long, 'ü'.repeat(120)), 'x');
    symlinkSync('t'.repeat(300), join(long, 'link'));
    const tar = tarOf(`--format=${format}`, 'output');
    expectSame(await indexTar(borrowed(tar, 700)), tar);
  });

  it('gives a hard link the content of its target', async () => {
    mkdirSync(join(folder, 'output'));
    writeFileSync(join(folder, 'output/a.txt'), 'shared');
    linkSync(join(folder, 'output/a.txt'), join(folder, 'output/b'));
    const tar = tarOf('output');
    const entries = await indexTar(borrowed(tar, 512));
    expectSame(entries, tar);
    expect(new Set(entries.map(({ offset }) => offset)).size).toBe(1);
    expect(entries.find(({ path }) => path === 'a.txt')?.mediaType).toBe('text/plain; charset=utf-8');
    expect(entries.find(({ path }) => path === 'b')?.mediaType).toBe('application/octet-stream');
  });

  it('is empty for a tar of an empty folder, and for one of nothing', async () => {
    mkdirSync(join(folder, 'output'));
    expect(await indexTar(borrowed(tarOf('output'), 512))).toEqual([]);
    expect(await indexTar(borrowed(craftTar(), 512))).toEqual([]);
  });

  it('leaves the first folder of paths as it is where not all is in it', async () => {
    const paths = async (...entries: CraftedEntry[]): Promise<string[]> =>
      (await indexTar(borrowed(craftTar(...entries), 512))).map(({ path }) => path);
    expect(await paths({ name: 'one/a' }, { name: 'one/b' })).toEqual(['a', 'b']);
    expect(await paths({ name: 'one/a' }, { name: 'two/b' })).toEqual(['one/a', 'two/b']);
    expect(await paths({ name: './only' })).toEqual(['only']);
  });

  it('counts the last one of several entries of a path', async () => {
    const entries = await indexTar(
      borrowed(
        craftTar({ name: 'o/a', content: 'old' }, { name: 'o/b' }, { name: 'o/a', content: 'new!' }),
        99,
      ),
    );
    expect(entries.map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([
      ['b', 0],
      ['a', 4],
    ]);
  });

  it('leaves out devices and pipes, which nobody can download', async () => {
    const tar = craftTar({ name: 'o/pipe', type: '6' }, { name: 'o/null', type: '3' }, { name: 'o/a' });
    expect((await indexTar(borrowed(tar, 512))).map(({ path }) => path)).toEqual(['a']);
  });

  it('masks secrets in names and targets, and keeps paths apart that look alike then', async () => {
    const tar = craftTar(
      { name: 'o/one-hush.txt' },
      { name: 'o/one-HUSH.txt' },
      { name: 'o/link', type: '2', target: 'hush' },
    );
    const entries = await indexTar(borrowed(tar, 512), { redact: (text) => text.replace(/hush/gi, '***') });
    expect(entries.map(({ path }) => path)).toEqual(['one-***.txt', 'one-***.txt (2)', 'link']);
    expect(entries[2]?.target).toBe('***');
  });

  it('says the same of a tar that is large enough for a thread to help', async () => {
    mkdirSync(join(folder, 'output'));
    for (const [i, size] of [9_000_000, 3_000_000, 0, 700_000, 1].entries())
      writeFileSync(join(folder, 'output', String(i)), randomBytes(size));
    const tar = tarOf('output');
    expectSame(await indexTar(borrowed(tar, 300_000)), tar);
    expect((await readTarFacts(borrowed(tar, 300_000))).crc32).toBe(crc32(tar));
  });

  it('knows the checksum of the whole tar from the same pass', async () => {
    const tar = Buffer.concat([craftTar({ name: 'o/a', content: 'x'.repeat(9000) }), Buffer.alloc(9000)]);
    expect((await readTarFacts(borrowed(tar, 1000))).crc32).toBe(crc32(tar));
  });
});

describe('a tar that cannot be indexed', () => {
  const file = { name: 'o/a', content: 'x'.repeat(700) };
  const pax = (...records: [string, string][]) => ({
    name: 'pax',
    type: 'x',
    content: records.map(([key, value]) => paxRecord(key, value)).join(''),
  });

  it.each([
    ['goes up', 'UNSAFE', craftTar({ name: 'o/../../x' })],
    ['is absolute', 'UNSAFE', craftTar({ name: '/etc/passwd' })],
    ['has a zero byte', 'UNSAFE', craftTar(pax(['path', 'o/a\0b']), file)],
    ['is longer than any path', 'UNSAFE', craftTar(pax(['path', `o/${'a/'.repeat(3000)}b`]), file)],
    ['is of no known kind', 'UNSAFE', craftTar({ name: 'o/a', type: 'S' })],
    ['is below a file', 'UNSAFE', craftTar(file, { name: 'o/a/b' })],
    ['is below a link', 'UNSAFE', craftTar({ name: 'o/a', type: '2', target: 'b' }, { name: 'o/a/b' })],
    ['would replace a folder', 'UNSAFE', craftTar({ name: 'o/d/x' }, { name: 'o/d' })],
    ['is a hard link to nothing', 'UNSAFE', craftTar({ name: 'o/h', type: '1', target: 'o/none' })],
    ['is a hard link to a later file', 'UNSAFE', craftTar({ name: 'o/h', type: '1', target: 'o/a' }, file)],
    ['is a hard link that goes up', 'UNSAFE', craftTar(file, { name: 'o/h', type: '1', target: '../a' })],
    ['is sparse', 'CORRUPT', craftTar(pax(['GNU.sparse.major', '1']), file)],
    ['has a size that is none', 'CORRUPT', craftTar(pax(['size', '1e9']), file)],
    [
      'has a name of two megabytes',
      'UNSAFE',
      craftTar({ name: 'l', type: 'L', content: 'n'.repeat(2 ** 21) }),
    ],
  ])('says so where an entry %s', async (_, code, tar) => {
    await expect(indexTar(borrowed(tar, 4096))).rejects.toMatchObject({ name: 'ArtifactError', code });
  });

  it('is one that was cut off anywhere', async () => {
    const tar = craftTar({ name: 'o/', type: '5' }, file, { name: 'o/l', type: '2', target: 'a' });
    const endMark = tar.length - 1024;
    for (let length = 0; length <= endMark; length += 127)
      await expect(indexTar(borrowed(tar.subarray(0, length), 300))).rejects.toMatchObject({
        code: 'CORRUPT',
      });
  });

  it('never ends in anything but an index or an error of artifacts, whatever its bytes are', async () => {
    const tar = craftTar(pax(['mtime', '1.5']), file, { name: 'o/h', type: '1', target: 'o/a' });
    await fc.assert(
      fc.asyncProperty(fc.nat(tar.length - 1), fc.nat(255), async (at, byte) => {
        const other = Buffer.from(tar);
        other[at] = byte;
        const outcome = await indexTar(borrowed(other, 600)).catch((error: unknown) => error);
        expect(Array.isArray(outcome) || outcome instanceof ArtifactError).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('is one with more entries than a manifest holds, and then what is known of it says that', async () => {
    const tar = craftTar({ name: 'o/a' }, { name: 'o/b' }, { name: 'o/c' });
    const indexed = indexTar(borrowed(tar, 512), { maxEntries: 2 });
    await expect(indexed).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(await readTarFacts(borrowed(tar, 512), { maxEntries: 2 })).toEqual({ crc32: crc32(tar) });
    expect(await indexTar(borrowed(tar, 512), { maxEntries: 3 })).toHaveLength(3);
  });

  it('is one that leaves entries out where few names are in more folders than a manifest holds', async () => {
    const tar = craftTar({ name: 'o/a/b/c/d/file' }, { name: 'o/e/f/g/h/file' });
    await expect(indexTar(borrowed(tar, 512), { maxEntries: 8 })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
    expect(await indexTar(borrowed(tar, 512), { maxEntries: 9 })).toHaveLength(2);
  });
});

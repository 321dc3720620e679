import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { layoutTar, layoutTarGz, layoutZip, type TarItem } from '../../archive/index.ts';
import type { ManifestEntry } from '../../artifacts/index.ts';
import { openMemoryStore } from '../../store/memory/memory-store.ts';
import {
  once,
  readAll,
  storeTar,
  storeTarBytes,
  type WatchedStore,
  watchStore,
} from '../testing/stored-tars.ts';
import { type ContentCache, createContentCache } from './content-cache.ts';
import { type ArchiveFormat, openArchiveOf } from './layout-content.ts';
import type { StoredTar } from './stored-tar.ts';

const KEY = 'project-artifacts/app/run/output.tar';
const FORMATS: readonly ArchiveFormat[] = ['tar', 'tar.gz', 'zip'];
const LAYOUTS = { tar: layoutTar, 'tar.gz': layoutTarGz, zip: layoutZip } as const;

let store: WatchedStore;
let cache: ContentCache;

beforeEach(() => {
  store = watchStore(openMemoryStore());
  cache = createContentCache();
});

const file = (name: string, content: string | Buffer, mode = 0o644): TarItem => ({
  type: 'file',
  name,
  content,
  mode,
});

const changeFirst = (tar: StoredTar, change: Partial<ManifestEntry>): StoredTar => ({
  ...tar,
  entries: tar.entries.map((entry, i) => (i === 0 ? { ...entry, ...change } : entry)),
});

interface Asked {
  readonly format?: ArchiveFormat;
  readonly folder?: string;
  readonly name?: string;
}

async function openArchive(tar: StoredTar, asked: Asked = {}) {
  const content = await openArchiveOf({ store, tar, cache, format: 'zip', name: 'top', ...asked });
  if (content === undefined) throw new Error('there is no such archive');
  return content;
}

/** The archive as it is when all files are in memory. */
function expected(items: readonly TarItem[], format: ArchiveFormat): Buffer {
  const contents: Buffer[] = [];
  const entries = items.map((item) => {
    const content = item.type === 'file' ? Buffer.from(item.content) : Buffer.alloc(0);
    contents.push(content);
    const type = item.type === 'tree' ? 'folder' : item.type;
    const mode = { file: 0o644, folder: 0o755, link: 0o777 }[type];
    const about = { path: item.name, type, mode, modifiedAt: 0, sizeBytes: content.length };
    return item.type === 'link' ? { ...about, target: item.target } : { ...about, crc32: crc32(content) };
  });
  const layout = LAYOUTS[format](entries, { top: { path: 'top', mode: 0o755, modifiedAt: 0 } });
  const pieces = [...layout.pieces(0, layout.sizeBytes)].map((piece) =>
    piece.type === 'bytes' ? piece.bytes : contents[piece.entry]?.subarray(piece.start, piece.end),
  );
  return Buffer.concat(pieces.filter((bytes) => bytes !== undefined));
}

const trees = fc.array(fc.tuple(fc.nat(2), fc.nat(3), fc.nat(200_000)), { maxLength: 8 }).map((items) =>
  items.map(([kind, folder, size], i): TarItem => {
    const name = `folder ${folder}/entry-${i}`;
    if (kind === 0) return { type: 'folder', name };
    if (kind === 1) return { type: 'link', name, target: 'elsewhere' };
    return file(name, Buffer.alloc(size, `content of ${name}. `));
  }),
);

describe.each(FORMATS)('an artifact as %s', (format) => {
  it('has the same bytes as one that was made at once, in any range', async () => {
    await fc.assert(
      fc.asyncProperty(trees, fc.nat(), fc.nat(), async (items, a, b) => {
        const content = await openArchive(await storeTar(store, KEY, items), { format });
        const whole = expected(items, format);
        expect(content.sizeBytes).toBe(whole.length);
        const [x, y] = [a % (whole.length + 1), b % (whole.length + 1)];
        const range = { start: Math.min(x, y), end: Math.max(x, y) };
        const part = await readAll(content, range);
        expect(part.equals(whole.subarray(range.start, range.end))).toBe(true);
        expect((await readAll(content)).equals(whole)).toBe(true);
        expect(store.openNow).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('says what it is', async () => {
    const tar = await storeTar(store, KEY, [file('a', 'x')]);
    const types = { tar: 'application/x-tar', 'tar.gz': 'application/gzip', zip: 'application/zip' };
    expect(await openArchive(tar, { format })).toMatchObject({
      fileName: `top.${format}`,
      mediaType: types[format],
      modifiedAt: tar.storedAt,
      etag: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });
});

describe('the tag of an archive', () => {
  const items = [file('docs/a', 'one'), file('b', 'two')];
  const tagOf = async (tar: StoredTar, asked: Asked = {}) => (await openArchive(tar, asked)).etag;

  it('is the same for the same files, wherever and whenever they were stored', async () => {
    const tar = await storeTar(store, KEY, items);
    const other = { ...(await storeTar(store, 'elsewhere.tar', items)), storedAt: 9999 };
    expect(await tagOf(other)).toBe(await tagOf(tar));
  });

  it('is another one for another form, folder, name, mode or content', async () => {
    const tar = await storeTar(store, KEY, items);
    const masked = { ...changeFirst(tar, { path: 'docs/***' }), storedAt: 6000 };
    const changed = await storeTar(store, 'changed.tar', [file('docs/a', 'One'), file('b', 'two')]);
    const executable = await storeTar(store, 'mode.tar', [file('docs/a', 'one', 0o755), file('b', 'two')]);
    const tags = [
      await tagOf(tar),
      await tagOf(tar, { format: 'tar' }),
      await tagOf(tar, { format: 'tar.gz' }),
      await tagOf(tar, { folder: 'docs' }),
      await tagOf(tar, { name: 'other' }),
      await tagOf(masked),
      await tagOf(changed),
      await tagOf(executable),
    ];
    expect(new Set(tags).size).toBe(tags.length);
  });
});

describe('a folder of an artifact as an archive', () => {
  const items: TarItem[] = [
    { type: 'folder', name: 'docs', mode: 0o700 },
    file('docs/deep/a', 'one'),
    file('docs.txt', 'beside'),
    { type: 'link', name: 'latest', target: 'docs/deep' },
  ];

  it('has only what is in it, in a folder of its name', async () => {
    const tar = await storeTar(store, KEY, items);
    const inner = [file('deep/a', 'one')];
    const content = await openArchiveOf({ store, tar, cache, format: 'tar', folder: 'docs' });
    expect(content?.fileName).toBe('docs.tar');
    const named = await openArchive(tar, { format: 'tar', folder: '/docs/' });
    expect((await readAll(named)).equals(expected(inner, 'tar'))).toBe(true);
  });

  it('is found over links, and is not there for files and outside', async () => {
    const tar = await storeTar(store, KEY, items);
    const content = await openArchive(tar, { format: 'tar', folder: 'latest' });
    expect((await readAll(content)).equals(expected([file('a', 'one')], 'tar'))).toBe(true);
    for (const folder of ['docs.txt', 'nothing', '..', 'docs/../..']) {
      expect(await openArchiveOf({ store, tar, cache, format: 'tar', folder })).toBeUndefined();
    }
  });

  it.each([
    ['..', 'output'],
    ['', 'output'],
    ['a/b\\c\nd', 'a-b-c-d'],
    ['site.tar.gz', 'site'],
  ])('called %j becomes one called %j', async (name, shown) => {
    const tar = await storeTar(store, KEY, items);
    expect((await openArchive(tar, { name })).fileName).toBe(`${shown}.zip`);
  });
});

describe('reading for an archive', () => {
  const small = Array.from({ length: 2000 }, (_, i) => file(`d/f${i}`, `content ${i}`));

  it('opens the store once for 2,000 small files', async () => {
    const content = await openArchive(await storeTar(store, KEY, small), { format: 'zip' });
    expect((await readAll(content)).equals(expected(small, 'zip'))).toBe(true);
    expect(store.opened).toHaveLength(1);
  });

  it('opens the store again where more than 64 KiB between two files are not wanted', async () => {
    const items = [file('d/a', 'a'), file('e/small', Buffer.alloc(60_000)), file('d/b', 'b')];
    const tar = await storeTar(store, KEY, [
      ...items,
      file('e/large', Buffer.alloc(70_000)),
      file('d/c', 'c'),
    ]);
    const content = await openArchive(tar, { format: 'tar', folder: 'd' });
    await readAll(content);
    expect(store.opened.map(({ start, end }) => end - start)).toEqual([expect.any(Number), 1]);
  });

  it('opens nothing for the directory at the end of a zip, nor for a checksum of all', async () => {
    const tar = await storeTar(store, KEY, small);
    for (const format of ['zip', 'tar.gz'] as const) {
      const content = await openArchive(tar, { format });
      const range = { start: content.sizeBytes - 500, end: content.sizeBytes };
      expect(await readAll(content, range)).toHaveLength(500);
    }
    expect(store.opened).toEqual([]);
  });

  it('opens no more than what a range has of a file', async () => {
    const content = await openArchive(await storeTar(store, KEY, [file('large', Buffer.alloc(1_000_000))]));
    await readAll(content, { start: 500_000, end: 500_100 });
    expect(store.opened.map(({ start, end }) => end - start)).toEqual([100]);
  });

  it('goes out in a few chunks, however small the files are', async () => {
    const content = await openArchive(await storeTar(store, KEY, small));
    const sizes: number[] = [];
    const all = { start: 0, end: content.sizeBytes };
    for await (const chunk of content.read(all, new AbortController().signal)) sizes.push(chunk.length);
    expect(sizes.length).toBeLessThan(Math.ceil(content.sizeBytes / 100_000) + 1);
  });

  it('goes on in several places at once', async () => {
    const content = await openArchive(await storeTar(store, KEY, small));
    const middle = Math.floor(content.sizeBytes / 2);
    const ranges = [
      { start: 0, end: middle },
      { start: middle, end: content.sizeBytes },
    ];
    const parts = await Promise.all(ranges.map((range) => readAll(content, range)));
    expect(Buffer.concat(parts).equals(expected(small, 'zip'))).toBe(true);
  });

  it('never mixes two versions of the tar', async () => {
    const items = [file('a', Buffer.alloc(200_000, 'a')), file('b', 'b')];
    const tar = await storeTar(store, KEY, items);
    const content = await openArchive(tar);
    await store.put(KEY, once(Buffer.alloc(tar.sizeBytes, 'x')));
    await expect(readAll(content)).rejects.toMatchObject({ code: 'CHANGED' });
    await expect(openArchive(tar)).rejects.toMatchObject({ code: 'CHANGED' });
    await store.remove(KEY);
    await expect(readAll(content)).rejects.toMatchObject({ code: 'CHANGED' });
    expect(await openArchiveOf({ store, tar, cache, format: 'zip' })).toBeUndefined();
  });

  it('says that the store ended too early', async () => {
    const cutting = watchStore(openMemoryStore(), async function* first(chunks) {
      for await (const chunk of chunks) return yield chunk.subarray(0, 5);
    });
    const tar = await storeTar(cutting, KEY, [file('a', 'longer than five')]);
    const content = await openArchiveOf({ store: cutting, tar, cache, format: 'zip' });
    if (content === undefined) throw new Error('there is no such archive');
    await expect(readAll(content)).rejects.toMatchObject({ code: 'TRUNCATED' });
    expect(cutting.openNow).toBe(0);
  });

  it('closes the store when the reader leaves, and ends when the signal says so', async () => {
    const content = await openArchive(await storeTar(store, KEY, [file('a', Buffer.alloc(1_000_000))]));
    const all = { start: 0, end: content.sizeBytes };
    for await (const _chunk of content.read(all, new AbortController().signal)) break;
    expect(store.openNow).toBe(0);
    const leaving = new AbortController();
    const reading = content.read(all, leaving.signal)[Symbol.asyncIterator]();
    await reading.next();
    leaving.abort(new Error('the client left'));
    await expect(reading.next()).rejects.toThrow('the client left');
    expect(store.openNow).toBe(0);
  });

  it('refuses what makes no archive', async () => {
    const tar = await storeTar(store, KEY, [{ type: 'link', name: 'a', target: '/etc' }]);
    const hostile = { ...tar, entries: tar.entries.flatMap((link) => [link, { ...link, path: 'a/passwd' }]) };
    await expect(openArchive(hostile)).rejects.toMatchObject({ code: 'UNSAFE_ENTRY' });
  });

  it('lays an archive out once, however often it is asked for', async () => {
    const tar = await storeTar(store, KEY, [file('a', 'x')]);
    await openArchive(tar);
    const held = cache.heldBytes;
    // Entries that nobody looks at: with them an archive could not be laid out.
    const unread = changeFirst(tar, { path: '../x' });
    expect((await openArchive(unread)).sizeBytes).toBe((await openArchive(tar)).sizeBytes);
    expect([held > 0, cache.heldBytes]).toEqual([true, held]);
  });
});

describe('a tar of nothing', () => {
  it('is an archive with one folder', async () => {
    const tar = await storeTarBytes(store, KEY, Buffer.alloc(1024));
    const content = await openArchive(tar, { format: 'tar' });
    expect((await readAll(content)).equals(expected([], 'tar'))).toBe(true);
  });
});

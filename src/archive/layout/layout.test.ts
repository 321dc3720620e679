import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTar } from '../read-tar.ts';
import {
  type EntryWithContent,
  entriesOf,
  fileEntry,
  folderEntry,
  linkEntry,
  renderLayout,
} from '../testing/layouts.ts';
import { LAYOUT_VERSION, type Layout, type LayoutEntry } from './layout.ts';
import { layoutTarGz } from './tar-gz-layout.ts';
import { layoutTar } from './tar-layout.ts';
import { pieceSize } from './unit-layout.ts';
import { layoutZip } from './zip-layout.ts';

const FORMATS = { tar: layoutTar, 'tar.gz': layoutTarGz, zip: layoutZip } as const;
const TOP = { path: 'top/second', mode: 0o755, modifiedAt: 1 };
const all = Object.values(FORMATS);

async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

const part = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9 _\-+é日\\:%']{1,12}$/),
  fc.stringMatching(/^[a-z.]{60,110}$/),
);
const isPart = (text: string): boolean => !/^\.{1,2}$/.test(text);
const about = fc.record({ mode: fc.nat(0o7777), modifiedAt: fc.integer({ min: -(2 ** 33), max: 2 ** 33 }) });

/** Trees in which names never clash: what is in a folder is called otherwise than folders. */
const trees: fc.Arbitrary<EntryWithContent[]> = fc
  .array(
    fc.tuple(fc.array(part.filter(isPart), { minLength: 1, maxLength: 3 }), fc.nat(2), about, fc.nat(70_000)),
    { maxLength: 12 },
  )
  .map((items) =>
    items.map(([parts, kind, facts, size], i) => {
      const folders = parts.slice(0, -1).map((name) => `${name}.d`);
      const path = [...folders, `${parts.at(-1)}.${i}`].join('/');
      if (kind === 0) return folderEntry(path, facts);
      if (kind === 1) return linkEntry(path, parts.join('/'), facts);
      return fileEntry(path, Buffer.alloc(size, `content of ${path}`), facts);
    }),
  );

describe.each(Object.entries(FORMATS))('a layout as %s', (format, layoutOf) => {
  it('gives for any range what the whole has there', () => {
    fc.assert(
      fc.property(trees, fc.nat(), fc.nat(), fc.boolean(), (items, a, b, hasTop) => {
        const layout = layoutOf(entriesOf(items), hasTop ? { top: TOP } : {});
        const whole = renderLayout(layout, items);
        expect(whole.length).toBe(layout.sizeBytes);
        const [x, y] = [a % (layout.sizeBytes + 1), b % (layout.sizeBytes + 1)];
        const [start, end] = [Math.min(x, y), Math.max(x, y)];
        const sameBytes = renderLayout(layout, items, [start, end]).equals(whole.subarray(start, end));
        expect(sameBytes).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('says from where on there is no content', () => {
    fc.assert(
      fc.property(trees, (items) => {
        const layout = layoutOf(entriesOf(items));
        const after = [...layout.pieces(layout.contentEnd, layout.sizeBytes)];
        expect(after.filter(({ type }) => type === 'content')).toEqual([]);
        const contents = [...layout.pieces(0, layout.contentEnd)].filter(({ type }) => type === 'content');
        expect(contents.reduce((sum, piece) => sum + pieceSize(piece), 0)).toBe(
          items.reduce((sum, { content }) => sum + content.length, 0),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('gives each byte of a small archive alone', () => {
    const items = [folderEntry('d'), fileEntry('d/f', 'abc'), linkEntry('l', 'd/f')];
    const layout = layoutOf(entriesOf(items));
    const whole = renderLayout(layout, items);
    const single = Array.from({ length: whole.length }, (_, at) => renderLayout(layout, items, [at, at + 1]));
    expect(Buffer.concat(single).equals(whole)).toBe(true);
  });

  it('says what format it is, and refuses ranges that it does not have', () => {
    const layout = layoutOf([]);
    expect(layout.format).toBe(format);
    expect([...layout.pieces(layout.sizeBytes, layout.sizeBytes)]).toEqual([]);
    for (const [start, end] of [
      [-1, 1],
      [2, 1],
      [0, layout.sizeBytes + 1],
      [Number.NaN, 1],
    ] as const) {
      expect(() => layout.pieces(start, end)).toThrow(RangeError);
    }
  });

  it('refuses what is larger than numbers can tell', () => {
    const entry = { type: 'file', mode: 0o644, modifiedAt: 0, sizeBytes: 2 ** 52, crc32: 1 } as const;
    const entries = ['a', 'b', 'c'].map((path) => ({ ...entry, path }));
    expect(() => layoutOf(entries)).toThrow(expect.objectContaining({ code: 'LIMIT' }));
  });

  it('refuses few files in very many folders', () => {
    const items = Array.from({ length: 1050 }, (_, i) => fileEntry(`${i}/${'d/'.repeat(240)}file`, ''));
    expect(() => layoutOf(entriesOf(items))).toThrow(expect.objectContaining({ code: 'LIMIT' }));
    expect(layoutOf(entriesOf(items.slice(0, 1000))).sizeBytes).toBeGreaterThan(0);
  });

  it.each(['', '/etc/passwd', '../up', 'a/../../b', 'a//b', './a', 'a/', 'a/.', 'a\0b', `bad${'\ud800'}`])(
    'refuses the path %j',
    (path) => {
      const items = entriesOf([fileEntry(path, 'x')]);
      expect(() => layoutOf(items)).toThrow(expect.objectContaining({ code: 'UNSAFE_ENTRY', path }));
    },
  );

  it('refuses a path that no format and no file system has room for', () => {
    const long = entriesOf([fileEntry('x'.repeat(5000), 'x')]);
    expect(() => layoutOf(long)).toThrow(/xxx…" cannot go into an archive: its name is longer than 4096/);
    const deep = entriesOf([fileEntry(`${'d/'.repeat(256)}f`, 'x')]);
    expect(() => layoutOf(deep)).toThrow('it is in more than 256 folders');
  });

  it('refuses a top folder that leads elsewhere', () => {
    expect(() => layoutOf([], { top: { ...TOP, path: '../x' } })).toThrow(/leads out of the archive/);
  });

  it('refuses what would be written through a link or below a file', () => {
    const through = entriesOf([linkEntry('a', '/etc'), fileEntry('a/passwd', 'x')]);
    expect(() => layoutOf(through)).toThrow('"a" is a link, so nothing can be in it');
    const below = entriesOf([fileEntry('a/b', ''), fileEntry('x', ''), fileEntry('a/b/c/d', '')]);
    expect(() => layoutOf(below)).toThrow('"a/b" is a file, so nothing can be in it');
  });

  it.each<[string, Partial<LayoutEntry>]>([
    ['has no size of -1 bytes', { sizeBytes: -1 }],
    ['has no size of 0.5 bytes', { sizeBytes: 0.5 }],
    ['a folder has no size of 3 bytes', { type: 'folder' }],
    ['is a link that leads nowhere', { type: 'link', sizeBytes: 0 }],
    ['NaN is no time', { modifiedAt: Number.NaN }],
  ])('refuses an entry that makes no sense: %s', (why, more) => {
    const entry = { ...fileEntry('f', 'abc').entry, ...more };
    expect(() => layoutOf([entry])).toThrow(why);
  });

  it('has the last of several entries with one path', () => {
    const items = [fileEntry('f', 'old'), fileEntry('g', 'other'), fileEntry('f', 'newer')];
    const last = items.slice(1);
    const repeated = renderLayout(layoutOf(entriesOf(items)), items);
    expect(repeated.equals(renderLayout(layoutOf(entriesOf(last)), last))).toBe(true);
  });
});

describe('the bytes of layouts', () => {
  // Archives are named by what is in them and by the version. Where this fails, raise LAYOUT_VERSION.
  it('are those of version 1', () => {
    const items = [
      folderEntry('é', { mode: 0o700 }),
      fileEntry(`é/${'long/'.repeat(60)}name`, 'x', { mode: 0o4755, modifiedAt: -5 }),
      fileEntry('back\\slash', 'y'.repeat(70_000), { modifiedAt: 2 ** 33 }),
      linkEntry('link', 'somewhere/else'),
    ];
    const digest = (layout: Layout): string =>
      createHash('sha256').update(renderLayout(layout, items)).digest('hex').slice(0, 16);
    expect([LAYOUT_VERSION, ...all.map((layoutOf) => digest(layoutOf(entriesOf(items))))]).toEqual([
      1,
      '7f714f7ca0423b87',
      'fc56d520d3de412f',
      'd2a610b8a57bb7f7',
    ]);
  });

  it('need no checksums in a tar, and name the file that lacks one in the others', () => {
    const { crc32: _unknown, ...entry } = fileEntry('f', 'abc').entry;
    expect(layoutTar([entry]).sizeBytes).toBe(2048);
    for (const layoutOf of [layoutTarGz, layoutZip]) {
      expect(() => layoutOf([entry])).toThrow('"f" has no checksum');
      expect(layoutOf([{ ...entry, sizeBytes: 0 }]).sizeBytes).toBeGreaterThan(0);
    }
  });
});

describe('layoutTar', () => {
  it('says of every entry what it was told', async () => {
    await fc.assert(
      fc.asyncProperty(trees, async (items) => {
        const tar = renderLayout(layoutTar(entriesOf(items), { top: TOP }), items);
        const found: unknown[] = [];
        for await (const entry of readTar(Readable.from([tar]))) {
          found.push([entry.path, entry.kind, entry.mode, entry.target, await gather(entry.content())]);
        }
        const expected = items.map(({ entry, content }) => [
          `top/second/${entry.path}`,
          entry.type,
          entry.mode,
          entry.target ?? '',
          content,
        ]);
        const top = ['top/second', 'folder', 0o755, '', Buffer.alloc(0)];
        expect(found).toEqual([top, ...expected]);
      }),
      { numRuns: 40 },
    );
  });

  it('has a header of one block unless a name or a size needs more', () => {
    const plain = [folderEntry(`${'d/'.repeat(70)}d`), fileEntry('f', ''), linkEntry('l', 'x'.repeat(100))];
    expect(layoutTar(entriesOf(plain)).sizeBytes).toBe((3 + 2) * 512);
    const extended = [folderEntry('é'), fileEntry('x'.repeat(101), ''), linkEntry('l', 'x'.repeat(101))];
    expect(layoutTar(entriesOf(extended)).sizeBytes).toBe((3 * 3 + 2) * 512);
    const large = { ...fileEntry('f', '').entry, sizeBytes: 8 * 1024 ** 3 };
    expect(layoutTar([large]).sizeBytes).toBe(8 * 1024 ** 3 + (3 + 2) * 512);
  });
});

describe('layoutTarGz', () => {
  it('holds the tar, with its checksum and length, for any tree', () => {
    fc.assert(
      fc.property(trees, (items) => {
        const tar = renderLayout(layoutTar(entriesOf(items)), items);
        const packed = renderLayout(layoutTarGz(entriesOf(items)), items);
        expect(gunzipSync(packed).equals(tar)).toBe(true);
        expect(packed.readUInt32LE(packed.length - 8)).toBe(crc32(tar));
      }),
      { numRuns: 40 },
    );
  });
});

describe('layoutZip', () => {
  it('refuses two names that one zip cannot tell apart', () => {
    const items = entriesOf([fileEntry('a\\b', '1'), fileEntry('a%5Cb', '2')]);
    expect(() => layoutZip(items)).toThrow('a zip would call it "a%5Cb", which is there too');
  });
});

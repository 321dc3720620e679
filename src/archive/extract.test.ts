import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytePath } from './byte-path.ts';
import { type ExtractedEntry, type ExtractOptions, extractTar, extractTarGz } from './extract.ts';
import { BLOCK, checksum, encodeHeader, paddedSize } from './tar-header.ts';

interface Crafted {
  name: string;
  /** The kind's letter in the header; a file unless given. */
  type?: string;
  content?: string;
  target?: string;
  mode?: number;
}

let folder: string;
let into: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-extract-'));
  into = join(folder, 'into');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const END = Buffer.alloc(2 * BLOCK);

/** An archive that no honest program writes. */
function craft(entries: Crafted[], end = END): Buffer {
  return Buffer.concat([...entries.map(craftEntry), end]);
}

function craftEntry({ name, type = '0', content = '', target = '', mode = 0o644 }: Crafted): Buffer {
  const bytes = Buffer.from(content, 'latin1');
  const header = encodeHeader({
    path: bytePath('x'),
    kind: 'file',
    mode,
    sizeBytes: bytes.length,
    mtimeSeconds: 0,
    uid: 0,
    gid: 0,
  });
  header.fill(0, 0, 100).write(name, 0, 100, 'latin1');
  header.fill(0, 157, 257).write(target, 157, 100, 'latin1');
  header.write(type, 156, 1, 'latin1');
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return Buffer.concat([header, bytes, Buffer.alloc(paddedSize(bytes.length) - bytes.length)]);
}

const pax = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  const length = [1, 2, 3, 4].find((digits) => String(rest.length + digits).length === digits) ?? 0;
  return `${rest.length + length}${rest}`;
};

async function* chunks(bytes: Buffer, size = 65536): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const extract = (entries: Crafted[], options?: ExtractOptions): Promise<void> =>
  extractTar(chunks(craft(entries)), into, options);

function tree(root = into): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const shown = path.slice(root.length + 1);
    if (entry.isSymbolicLink()) found[shown] = `-> ${readlinkSync(path)}`;
    else found[shown] = entry.isDirectory() ? 'folder' : readFileSync(path, 'latin1');
  }
  return found;
}

describe('extractTar', () => {
  it('unpacks files, folders and links', async () => {
    await extract([
      { name: './' },
      { name: './a/', type: '5' },
      { name: './a/file', content: 'text', mode: 0o4755 },
      { name: 'deep/in/file', content: 'x' },
      { name: 'a/link', type: '2', target: '../deep/in/file' },
      { name: 'a/hard', type: '1', target: './a/file' },
    ]);
    expect(tree()).toEqual({
      a: 'folder',
      'a/file': 'text',
      'a/link': '-> ../deep/in/file',
      'a/hard': 'text',
      deep: 'folder',
      'deep/in': 'folder',
      'deep/in/file': 'x',
    });
    expect(statSync(join(into, 'a/file')).mode & 0o7777).toBe(0o755);
    expect(statSync(join(into, 'deep')).mode & 0o7777).toBe(0o755);
  });

  it('tells of every entry before it is written', async () => {
    const seen: ExtractedEntry[] = [];
    await extract(
      [
        { name: 'top/', type: '5' },
        { name: 'top/f', content: 'abc' },
        { name: 'top/l', type: '2', target: 'f' },
      ],
      {
        stripComponents: 1,
        onEntry: (entry) => seen.push(entry),
      },
    );
    expect(seen).toEqual([
      { type: 'file', path: 'f', sizeBytes: 3 },
      { type: 'link', path: 'l', sizeBytes: 0 },
    ]);
    expect(tree()).toEqual({ f: 'abc', l: '-> f' });
  });

  it('keeps names whose bytes are no text', async () => {
    await extract([{ name: 'caf\xe9', content: 'x' }]);
    expect(readdirSync(into, 'latin1')).toEqual(['caf\xe9']);
  });

  it('cuts off the first part of a git archive and of nothing else', async () => {
    const global = { name: 'pax_global_header', type: 'g', content: pax('comment', 'c0ffee') };
    await extract([global, { name: 'project-1/', type: '5' }, { name: 'project-1/f', content: 'x' }], {
      stripGitArchive: true,
    });
    expect(tree()).toEqual({ f: 'x' });
    rmSync(into, { recursive: true });
    await extract([{ name: 'project-1/f', content: 'x' }], { stripGitArchive: true });
    expect(tree()).toEqual({ 'project-1': 'folder', 'project-1/f': 'x' });
  });

  it('takes names and sizes from pax and GNU extensions', async () => {
    const long = `${'d'.repeat(120)}/${'f'.repeat(200)}`;
    await extract([
      { name: 'short', type: 'x', content: pax('path', long) + pax('comment', 'x') },
      { name: 'short', content: 'pax' },
      { name: '././@LongLink', type: 'L', content: `${long}2\0` },
      { name: 'short', content: 'gnu' },
      { name: '././@LongLink', type: 'K', content: `${'t'.repeat(150)}\0` },
      { name: 'link', type: '2', target: 'short' },
    ]);
    expect(tree()).toEqual({
      ['d'.repeat(120)]: 'folder',
      [long]: 'pax',
      [`${long}2`]: 'gnu',
      link: `-> ${'t'.repeat(150)}`,
    });
  });

  it('lets a later entry replace an earlier file or link', async () => {
    await extract([
      { name: 'f', content: 'old' },
      { name: 'f', content: 'new' },
      { name: 'l', type: '2', target: 'f' },
      { name: 'l', content: 'file now' },
    ]);
    expect(tree()).toEqual({ f: 'new', l: 'file now' });
  });

  it('writes the bytes of the archive to a second file', async () => {
    const archive = craft([{ name: 'f', content: 'abc' }], Buffer.alloc(20 * BLOCK));
    await extractTar(chunks(archive, 1000), into, { tee: join(folder, 'copy.tar') });
    expect(readFileSync(join(folder, 'copy.tar')).equals(archive)).toBe(true);
  });

  it('unpacks large files in pieces', async () => {
    const content = 'abcdefg'.repeat(100_000);
    await extractTar(
      chunks(
        craft([
          { name: 'big', content },
          { name: 'small', content: 's' },
        ]),
        7777,
      ),
      into,
    );
    expect(tree()).toEqual({ big: content, small: 's' });
  });

  it('stops while it waits for bytes when the signal says so', async () => {
    const controller = new AbortController();
    let closed = false;
    async function* stalling(): AsyncGenerator<Buffer> {
      try {
        yield craftEntry({ name: 'f', content: 'abc' });
        controller.abort();
        await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
      } finally {
        closed = true;
      }
    }
    const stream = stalling();
    await expect(extractTar(stream, into, { signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(closed).toBe(false);
  });
});

describe('an archive that is not safe', () => {
  const link = (name: string, target: string): Crafted => ({ name, type: '2', target });
  const cases: Record<string, Crafted[]> = {
    'an absolute path': [{ name: '/etc/x' }],
    'a path that goes up': [{ name: 'a/../../x' }],
    'a path of dots': [{ name: '..' }],
    'a path in an extension that goes up': [
      { name: 's', type: 'x', content: pax('path', '../x') },
      { name: 's' },
    ],
    'a zero byte in a name': [{ name: 's', type: 'x', content: pax('path', 'a\0b') }, { name: 's' }],
    'a link to an absolute path': [link('l', '/etc/passwd')],
    'a link that goes up': [link('a/l', '../../x')],
    'a link that goes down and up': [link('l', 'a/../../x')],
    'writing through a link': [link('l', 'd'), { name: 'l/x' }],
    'writing through a link to a folder': [{ name: 'd/', type: '5' }, link('l', 'd'), { name: 'l/x' }],
    'a folder where a link is': [link('l', 'd'), { name: 'l/', type: '5' }],
    'a link in place of a folder': [{ name: 'd/', type: '5' }, link('d', 'x')],
    'a file in place of a folder': [{ name: 'd/', type: '5' }, { name: 'd' }],
    'a folder in place of a file': [{ name: 'd' }, { name: 'd/x' }],
    'a hard link to what is not there': [{ name: 'h', type: '1', target: 'x' }],
    'a hard link that goes up': [{ name: 'h', type: '1', target: '../x' }],
    'a hard link to an absolute path': [{ name: 'h', type: '1', target: '/etc/passwd' }],
    'a hard link to a link': [link('a/l', '..'), { name: 'h', type: '1', target: 'a/l' }],
    'a hard link through a link': [{ name: 'd/f' }, link('l', 'd'), { name: 'h', type: '1', target: 'l/f' }],
    'a link that climbs through another one': [link('a/up', '..'), link('out', 'a/up/../x')],
    'a link that climbs through a later one': [link('out', 'a/up/../x'), link('a/up', '..')],
    'links in a circle that go up': [link('a', 'b/../x'), link('b', 'a')],
    'a device': [{ name: 'dev', type: '3' }],
    'a pipe': [{ name: 'pipe', type: '6' }],
    'an entry of a kind that nobody knows': [{ name: 'x', type: 'Z' }],
    'an empty link': [link('l', '')],
  };

  it.each(Object.keys(cases))('is refused for %s', async (name) => {
    mkdirSync(join(folder, 'x'));
    await expect(extract(cases[name] ?? [])).rejects.toMatchObject({
      name: 'ArchiveError',
      code: 'UNSAFE_ENTRY',
    });
    expect(readdirSync(folder).sort()).toEqual(['into', 'x']);
    expect(readdirSync(join(folder, 'x'))).toEqual([]);
  });

  it('is refused for a link that was in the folder before', async () => {
    mkdirSync(into);
    symlinkSync('..', join(into, 'l'));
    await expect(extract([{ name: 'l/x' }])).rejects.toMatchObject({ code: 'UNSAFE_ENTRY', path: 'l' });
  });

  it('is refused for any link where links are not allowed', async () => {
    const refuse = { links: 'refuse' } as const;
    await expect(extract([link('l', 'x')], refuse)).rejects.toMatchObject({
      code: 'UNSAFE_ENTRY',
      path: 'l',
    });
    const hard = [{ name: 'f' }, { name: 'h', type: '1', target: 'f' }];
    await expect(extract(hard, refuse)).rejects.toMatchObject({ code: 'UNSAFE_ENTRY', path: 'h' });
  });

  it('may lead anywhere where links are kept as they are, but is not written through', async () => {
    const any = { links: 'any' } as const;
    await extract([link('l', '/usr/bin/python3'), link('m', '../../x')], any);
    expect(tree()).toEqual({ l: '-> /usr/bin/python3', m: '-> ../../x' });
    await expect(extract([link('l', folder), { name: 'l/x' }], any)).rejects.toMatchObject({
      code: 'UNSAFE_ENTRY',
    });
  });

  it('keeps links that go up again but stay inside', async () => {
    const entries = [
      { name: 'a/b/', type: '5' },
      link('l', 'a/b/../../f'),
      link('a/m', '../a/./b'),
      { name: 'f' },
    ];
    await extract(entries);
    expect(tree()).toMatchObject({ l: '-> a/b/../../f', 'a/m': '-> ../a/./b' });
  });
});

describe('limits', () => {
  it('end an archive with too many bytes before they are written', async () => {
    const limits = { totalBytes: 10 };
    await expect(extract([{ name: 'f', content: 'x'.repeat(11) }], { limits })).rejects.toMatchObject({
      code: 'LIMIT',
      path: 'f',
    });
    expect(tree()).toEqual({});
    await extract([{ name: 'f', content: 'x'.repeat(10) }], { limits });
  });

  it('end an archive with too many entries', async () => {
    const entries = Array.from({ length: 4 }, (_, index) => ({ name: `f${index}` }));
    await expect(extract(entries, { limits: { entries: 3 } })).rejects.toMatchObject({
      code: 'LIMIT',
      path: 'f3',
    });
  });

  it('end a gzip file that grows without end', async () => {
    const bomb = gzipSync(Buffer.concat([craft([{ name: 'f' }]), Buffer.alloc(64 * 1024 ** 2)]));
    const limits = { totalBytes: 1024, entries: 10 };
    await expect(extractTarGz(chunks(bomb), into, { limits })).rejects.toMatchObject({ code: 'LIMIT' });
  });

  it('end an extension that no name needs', async () => {
    const entries = [{ name: 's', type: 'L', content: 'x'.repeat(1024 ** 2 + 1) }, { name: 's' }];
    await expect(extract(entries)).rejects.toMatchObject({ code: 'LIMIT' });
  });
});

describe('a damaged archive', () => {
  const archive = craft(
    [
      { name: 'a/f', content: 'x'.repeat(600) },
      { name: 'g', content: 'y' },
    ],
    Buffer.alloc(BLOCK),
  );

  it('is reported wherever it is cut off', async () => {
    for (let length = 0; length < archive.length; length += 100) {
      const cut = chunks(archive.subarray(0, length));
      await expect(extractTar(cut, into)).rejects.toMatchObject({ code: 'CORRUPT' });
    }
  });

  it('is reported when gzip data are cut off or are none', async () => {
    const packed = gzipSync(archive);
    const cut = chunks(packed.subarray(0, packed.length - 3));
    await expect(extractTarGz(cut, into)).rejects.toMatchObject({ code: 'CORRUPT' });
    await expect(extractTarGz(chunks(archive), into)).rejects.toMatchObject({ code: 'CORRUPT' });
  });

  it('passes an error of the stream on', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield archive.subarray(0, 700);
      throw new Error('connection lost');
    }
    await expect(extractTar(broken(), into)).rejects.toThrow('connection lost');
    await expect(extractTarGz(broken(), into)).rejects.toThrow(/gzip|connection lost/);
  });

  it.each([
    ['no number where the size is', { at: 124, text: 'zzzzzzzzzzz' }],
    ['a size out of range', { at: 124, text: '\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' }],
    ['a negative size', { at: 124, text: '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' }],
  ])('is reported for %s', async (_, { at, text }) => {
    const entry = craftEntry({ name: 'f' });
    entry.write(text, at, 'latin1');
    entry.write(`${checksum(entry).toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
    await expect(extractTar(chunks(Buffer.concat([entry, END])), into)).rejects.toMatchObject({
      code: 'CORRUPT',
    });
  });

  it.each(['x', '99 path=x\n', '10 path=xy', '7 =abc\n', '-5 a=b\n', '11 size=abc\n'])(
    'is reported for the extension %j',
    async (content) => {
      await expect(extract([{ name: 's', type: 'x', content }, { name: 's' }])).rejects.toMatchObject({
        code: 'CORRUPT',
      });
    },
  );

  it('never leads to anything but a coded error, and writes nothing outside', async () => {
    const change = fc.tuple(fc.nat(archive.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (changes, mend) => {
          const damaged = Buffer.from(archive);
          for (const [at, byte] of changes) damaged[at] = byte;
          if (mend) damaged.write(`${checksum(damaged).toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
          const failure: unknown = await extractTar(chunks(damaged, 300), into).catch(
            (error: unknown) => error,
          );
          if (failure !== undefined) expect(failure).toMatchObject({ name: 'ArchiveError' });
          expect(readdirSync(folder)).toEqual(['into']);
          rmSync(into, { recursive: true, force: true });
        },
      ),
      { numRuns: 300 },
    );
  });
});

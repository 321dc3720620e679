import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { extractTar } from './extract.ts';
import { packFolder, packItems, type TarItem } from './pack.ts';
import { readFileFromTar } from './read-file.ts';

let root: string;
let source: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-pack-'));
  source = join(root, 'source');
  mkdirSync(source);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

async function gather(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

const pack = (items: TarItem[]): Promise<Buffer> => gather(packItems(items));

/** What another program makes of an archive. */
async function gnuTar(archive: Buffer, ...options: string[]): Promise<string> {
  const result = spawnSync('tar', ['-f', '-', ...options], {
    input: archive,
    env: { ...process.env, LC_ALL: 'C' },
  });
  expect(result.stderr.toString()).toBe('');
  return result.stdout.toString('latin1');
}

function listing(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (parent: Buffer, shown: string): void => {
    for (const name of readdirSync(parent, 'buffer')) {
      const path = Buffer.concat([parent, Buffer.from('/'), name]);
      const stats = lstatSync(path);
      const content = stats.isFile() ? readFileSync(path, 'latin1') : '';
      const target = stats.isSymbolicLink() ? readlinkSync(path, 'latin1') : '';
      found[shown + name.toString('latin1')] = `${(stats.mode & 0o170777).toString(8)} ${content}${target}`;
      if (stats.isDirectory()) visit(path, `${shown}${name.toString('latin1')}/`);
    }
  };
  visit(Buffer.from(folder), '');
  return found;
}

describe('packFolder', () => {
  it('keeps files, modes, times, links that lead nowhere, empty folders and .git', async () => {
    writeFileSync(join(source, 'run.sh'), 'echo hi');
    chmodSync(join(source, 'run.sh'), 0o755);
    utimesSync(join(source, 'run.sh'), 1_000_000_000, 1_000_000_000);
    symlinkSync('/nowhere at all', join(source, 'dangling'));
    mkdirSync(join(source, '.git/empty'), { recursive: true });
    const archive = await gather(packFolder(source, { name: 'top' }));
    const lines = (await gnuTar(archive, '-tv', '--utc', '--numeric-owner')).trim().split('\n');
    expect(lines.map((line) => line.replace(/\s+/g, ' '))).toEqual([
      expect.stringMatching(/^drwxr-xr-x 0\/0 0 .* top\/$/),
      expect.stringMatching(/^drwxr-xr-x 0\/0 0 .* top\/\.git\/$/),
      expect.stringMatching(/^drwxr-xr-x 0\/0 0 .* top\/\.git\/empty\/$/),
      expect.stringMatching(/^lrwxrwxrwx 0\/0 0 .* top\/dangling -> \/nowhere at all$/),
      '-rwxr-xr-x 0/0 7 2001-09-09 01:46 top/run.sh',
    ]);
  });

  it('gives the entries another owner', async () => {
    writeFileSync(join(source, 'f'), '');
    const archive = await gather(packFolder(source, { name: '', owner: { uid: 1000, gid: 5_000_000 } }));
    expect(await gnuTar(archive, '-tv', '--numeric-owner')).toContain('1000/5000000');
  });

  it('leaves out what is ignored', async () => {
    mkdirSync(join(source, 'node_modules'));
    writeFileSync(join(source, 'node_modules/x'), '');
    writeFileSync(join(source, 'f'), '');
    const ignore = (path: string, isFolder: boolean): boolean => isFolder && path === 'node_modules';
    expect(await gnuTar(await gather(packFolder(source, { name: '', ignore })), '-t')).toBe('f\n');
  });

  it('names the pipe that it cannot copy', async () => {
    spawnSync('mkfifo', [join(source, 'pipe')]);
    const failure = { code: 'UNSUPPORTED_FILE', path: join(source, 'pipe') };
    await expect(gather(packFolder(source, { name: '' }))).rejects.toMatchObject(failure);
  });

  it('leaves out the socket of a server that runs in the folder', async () => {
    writeFileSync(join(source, 'f'), '');
    const server = createServer().listen(join(source, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await gnuTar(await gather(packFolder(source, { name: '' })), '-t')).toBe('f\n');
    await new Promise((resolve) => server.close(resolve));
  });

  it('says that the folder is not there', async () => {
    const missing = gather(packFolder(join(root, 'missing'), { name: '' }));
    await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND' });
    writeFileSync(join(root, 'file'), '');
    await expect(gather(packFolder(join(root, 'file'), { name: '' }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('says that a large file became shorter while it was read', async () => {
    writeFileSync(join(source, 'log'), Buffer.alloc(3_000_000, 'x'));
    const stream = packFolder(source, { name: '' });
    await stream.next();
    truncateSync(join(source, 'log'), 1_000_000);
    await expect(gather(stream)).rejects.toMatchObject({ code: 'CHANGED', path: join(source, 'log') });
  });

  it('leaves out what vanishes before it is read, and follows no link that takes its place', async () => {
    writeFileSync(join(source, 'a'), Buffer.alloc(300_000));
    for (const name of ['b', 'c', 'd']) writeFileSync(join(source, name), name);
    const stream = packFolder(source, { name: '' });
    const first = await stream.next();
    rmSync(join(source, 'b'));
    rmSync(join(source, 'c'));
    symlinkSync('d', join(source, 'c'));
    const archive = Buffer.concat([first.value ?? Buffer.alloc(0), await gather(stream)]);
    expect(await gnuTar(archive, '-t')).toBe('a\nd\n');
  });

  it('stops when the signal says so', async () => {
    const signal = AbortSignal.abort();
    await expect(gather(packFolder(source, { name: '', signal }))).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('comes out of extractTar as it went in, whatever the names and sizes', async () => {
    const name = fc.uint8Array({ minLength: 1, maxLength: 120 }).filter((bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      return !/[/\0]/.test(text) && text !== '.' && text !== '..';
    });
    const size = fc.oneof(fc.nat(2000), fc.constantFrom(511, 512, 513, 131_072, 131_073, 700_000));
    const file = fc.record({ path: fc.array(name, { minLength: 1, maxLength: 3 }), size, kind: fc.nat(2) });
    await fc.assert(
      fc.asyncProperty(fc.array(file, { maxLength: 8 }), async (files) => {
        rmSync(source, { recursive: true });
        mkdirSync(source);
        for (const { path, size: bytes, kind } of files)
          makeFile(
            path.map((part) => Buffer.from(part)),
            bytes,
            kind,
          );
        const into = mkdtempSync(join(root, 'into-'));
        await extractTar(packFolder(source, { name: 'p' }), into, { stripComponents: 1, links: 'any' });
        expect(listing(into)).toEqual(listing(source));
      }),
      { numRuns: 60 },
    );
  });

  function makeFile(parts: Buffer[], size: number, kind: number): void {
    const slash = Buffer.from('/');
    const path = Buffer.concat([Buffer.from(source), ...parts.flatMap((part) => [slash, part])]);
    const parent = Buffer.concat([
      Buffer.from(source),
      ...parts.slice(0, -1).flatMap((part) => [slash, part]),
    ]);
    try {
      mkdirSync(parent, { recursive: true });
      if (kind === 0) mkdirSync(path);
      else if (kind === 1) symlinkSync(parts[0] ?? slash, path);
      else writeFileSync(path, Buffer.alloc(size, 'content '), { mode: size % 2 === 0 ? 0o644 : 0o755 });
    } catch (error) {
      // Two of the names collide: one of them is enough.
      expect(String(error)).toMatch(/EEXIST|ENOTDIR|EISDIR|ELOOP|ENOENT/);
    }
  }
});

describe('packItems', () => {
  it('makes one archive of folders, files, links and trees', async () => {
    writeFileSync(join(source, 'f'), 'from a tree');
    const archive = await pack([
      { type: 'folder', name: 'pipeline', mode: 0o700 },
      { type: 'file', name: 'pipeline/text', content: 'tëxt', mode: 0o600 },
      { type: 'file', name: 'pipeline/bytes', content: Buffer.from([0, 255]) },
      { type: 'link', name: 'pipeline/link', target: 'tëxt' },
      { type: 'tree', name: 'pipeline/tree', folder: source },
    ]);
    const into = join(root, 'into');
    mkdirSync(into);
    await gnuTar(archive, '-x', '-C', into);
    expect(listing(into)).toEqual({
      pipeline: '40700 ',
      'pipeline/text': `100600 ${Buffer.from('tëxt').toString('latin1')}`,
      'pipeline/bytes': '100644 \0\xff',
      'pipeline/link': `120777 ${Buffer.from('tëxt').toString('latin1')}`,
      'pipeline/tree': '40755 ',
      'pipeline/tree/f': '100644 from a tree',
    });
  });

  it('follows a link that is given as a tree', async () => {
    writeFileSync(join(source, 'f'), 'x');
    symlinkSync('source', join(root, 'link'));
    const archive = await pack([{ type: 'tree', name: 't', folder: join(root, 'link') }]);
    expect(await gnuTar(archive, '-t')).toBe('t/\nt/f\n');
  });

  it.each(['gnu', 'pax', 'ustar', 'v7'])('is read from what GNU tar writes as %s', async (format) => {
    const long = format === 'gnu' || format === 'pax' ? `${'ä'.repeat(60)}/${'n'.repeat(150)}` : 'short/name';
    mkdirSync(join(source, long, '..'), { recursive: true });
    writeFileSync(join(source, long), 'x');
    symlinkSync('short', join(source, 'link'));
    const made = spawnSync('tar', ['-C', source, `--format=${format}`, '-cf', '-', '.']);
    const into = join(root, 'into');
    await extractTar(toStream(made.stdout), into);
    expect(listing(into)).toEqual(listing(source));
  });
});

describe('readFileFromTar', () => {
  it('gives the first file, no more of it than asked for', async () => {
    const archive = await pack([{ type: 'file', name: 'f', content: 'abcdef' }]);
    expect((await readFileFromTar(toStream(archive), 100))?.toString()).toBe('abcdef');
    expect((await readFileFromTar(toStream(archive), 3))?.toString()).toBe('abc');
  });

  it('gives nothing where the first entry is no file', async () => {
    expect(await readFileFromTar(toStream(await pack([{ type: 'folder', name: 'f' }])), 9)).toBeUndefined();
    expect(await readFileFromTar(toStream(await pack([])), 9)).toBeUndefined();
  });

  it('closes the stream', async () => {
    let isClosed = false;
    async function* stream(): AsyncGenerator<Buffer> {
      try {
        yield await pack([{ type: 'file', name: 'f', content: 'abc' }]);
      } finally {
        isClosed = true;
      }
    }
    await readFileFromTar(stream(), 10);
    expect(isClosed).toBe(true);
  });
});

async function* toStream(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

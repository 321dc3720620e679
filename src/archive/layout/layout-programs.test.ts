import { spawnSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type EntryWithContent,
  entriesOf,
  fileEntry,
  folderEntry,
  linkEntry,
  renderLayout,
} from '../testing/layouts.ts';
import type { Layout } from './layout.ts';
import { layoutTarGz } from './tar-gz-layout.ts';
import { layoutTar } from './tar-layout.ts';
import { pieceSize } from './unit-layout.ts';
import { layoutZip } from './zip-layout.ts';

const GIBIBYTE = 1024 ** 3;
const TIME = 1_600_000_001; // odd: the old time of a zip has steps of two seconds
const LONG = `long/${'part/'.repeat(50)}${'n'.repeat(120)}`;

const ITEMS: readonly EntryWithContent[] = [
  folderEntry('bin', { mode: 0o750, modifiedAt: TIME }),
  fileEntry('bin/run', '#!/bin/sh\n', { mode: 0o755, modifiedAt: TIME }),
  folderEntry('empty folder'),
  fileEntry('empty', '', { mode: 0o600 }),
  fileEntry('größe 日本.txt', 'not only ASCII', { modifiedAt: TIME }),
  fileEntry(LONG, Buffer.alloc(200_000, 'large')),
  linkEntry('link', 'bin/run'),
  linkEntry('far', `../${'x'.repeat(150)}`),
  fileEntry("it's *[odd]?", 'odd'),
];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-layout-'));
  mkdirSync(join(folder, 'out'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program that must be content, in the folder `out`. */
function call(program: string, ...words: string[]): string {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  const result = spawnSync(program, words, { cwd: join(folder, 'out'), env, maxBuffer: 64 * 1024 * 1024 });
  if (result.error) throw result.error;
  expect([result.status, result.stderr.toString()]).toEqual([0, '']);
  return result.stdout.toString();
}

function write(name: string, bytes: Buffer): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

/** Writes all but the contents, which are holes. */
function writeSparse(layout: Layout): string {
  const file = openSync(join(folder, 'sparse'), 'w');
  let at = 0;
  for (const piece of layout.pieces(0, layout.sizeBytes)) {
    if (piece.type === 'bytes') writeSync(file, piece.bytes, 0, piece.bytes.length, at);
    at += pieceSize(piece);
  }
  ftruncateSync(file, layout.sizeBytes);
  closeSync(file);
  return join(folder, 'sparse');
}

function expectUnpacked(items: readonly EntryWithContent[]): void {
  for (const { entry, content } of items) {
    const path = join(folder, 'out', entry.path);
    const stats = lstatSync(path);
    const facts = { mode: stats.mode & 0o7777, seconds: stats.mtimeMs / 1000 };
    expect(stats.isDirectory()).toBe(entry.type === 'folder');
    expect(stats.isSymbolicLink()).toBe(entry.type === 'link');
    if (entry.type === 'link') expect(readlinkSync(path)).toBe(entry.target);
    else expect([path, facts]).toEqual([path, { mode: entry.mode, seconds: entry.modifiedAt }]);
    if (entry.type === 'file') expect(readFileSync(path).equals(content)).toBe(true);
  }
}

describe('tar', () => {
  it('unpacks a laid out tar with modes, times, links and names', () => {
    const archive = write('a.tar', renderLayout(layoutTar(entriesOf(ITEMS)), ITEMS));
    call('tar', '-xpf', archive);
    expectUnpacked(ITEMS);
  });

  it('believes the size of a file that is larger than a header can say', () => {
    const large = { ...fileEntry('large', '').entry, sizeBytes: 9 * GIBIBYTE };
    const archive = writeSparse(layoutTar([large, fileEntry('after', '').entry]));
    expect(call('tar', '-tvf', archive).replaceAll(/ +/g, ' ')).toMatch(/ 9663676416 .* large\n.* after\n$/);
  });
});

describe('gzip', () => {
  it('finds no fault in a laid out tar.gz, and gives the tar', () => {
    const archive = write('a.tar.gz', renderLayout(layoutTarGz(entriesOf(ITEMS)), ITEMS));
    call('gzip', '--test', archive);
    call('tar', '-xpzf', archive);
    expectUnpacked(ITEMS);
  });

  it('takes an archive of nothing', () => {
    const archive = write('a.tar.gz', renderLayout(layoutTarGz([]), []));
    call('gzip', '--test', archive);
    expect(call('tar', '-tzf', archive)).toBe('');
  });

  it('counts lengths modulo 4 GiB', () => {
    const layout = layoutTarGz([{ ...fileEntry('f', '').entry, sizeBytes: 5 * GIBIBYTE, crc32: 1 }]);
    const trailer = renderLayout(layout, [], [layout.sizeBytes - 4, layout.sizeBytes]);
    expect(trailer.readUInt32LE()).toBe(GIBIBYTE + 512 + 1024);
  });
});

describe('unzip', () => {
  it('finds no fault in a laid out zip, and unpacks it with modes, times, links and names', () => {
    const archive = write('a.zip', renderLayout(layoutZip(entriesOf(ITEMS)), ITEMS));
    expect(call('unzip', '-tq', archive)).toContain('No errors detected');
    call('unzip', '-q', archive);
    expectUnpacked(ITEMS);
  });

  it('shows a name with a backslash as something else', () => {
    const items = [fileEntry('..\\..\\evil', 'x')];
    const archive = write('a.zip', renderLayout(layoutZip(entriesOf(items)), items));
    expect(call('zipinfo', '-1', archive)).toBe('..%5C..%5Cevil\n');
  });

  it('knows times before 1980 and after 2107', () => {
    const items = [
      fileEntry('old', '', { modifiedAt: 0 }),
      fileEntry('new', '', { modifiedAt: 2 ** 31 - 1 }),
    ];
    const archive = write('a.zip', renderLayout(layoutZip(entriesOf(items)), items));
    call('unzip', '-q', archive);
    expectUnpacked(items);
    const far = [
      fileEntry('far', '', { modifiedAt: 2 ** 33 }),
      fileEntry('before', '', { modifiedAt: -1e9 }),
    ];
    write('far.zip', renderLayout(layoutZip(entriesOf(far)), far));
    expect(call('unzip', '-tq', join(folder, 'far.zip'))).toContain('No errors detected');
  });

  it('reads files of more than 4 GiB, and what comes after them', () => {
    const zeroes = { sizeBytes: 5 * GIBIBYTE, crc32: 1 };
    const entries = [
      { ...fileEntry('large', '').entry, ...zeroes },
      fileEntry('after', Buffer.alloc(3)).entry,
      linkEntry('link', 'after').entry,
    ];
    const layout = layoutZip(entries);
    const archive = writeSparse(layout);
    expect(lstatSync(archive).size).toBe(layout.sizeBytes);
    const listing = call('zipinfo', '-l', archive).replaceAll(/ +/g, ' ');
    expect(listing).toContain(' 5368709120 bx 5368709120 stor ');
    expect(call('unzip', '-p', archive, 'after')).toBe('\0\0\0');
    expect(call('unzip', '-p', archive, 'link')).toBe('after');
  });

  it('reads 70,000 files', () => {
    const items = Array.from({ length: 70_000 }, (_, i) => fileEntry(`d${i % 7}/f${i}`, `${i}`));
    const archive = write('a.zip', renderLayout(layoutZip(entriesOf(items)), items));
    expect(call('zipinfo', '-h', archive)).toContain('number of entries: 70000');
    expect(call('unzip', '-tq', archive)).toContain('No errors detected');
    expect(call('unzip', '-p', archive, 'd6/f69999')).toBe('69999');
  });
});

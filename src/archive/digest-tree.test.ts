import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DigestMemory, digestTree, type FileDigest } from './digest-tree.ts';
import { ArchiveError } from './error.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-digest-'));
  write('a.txt', 'hello');
  write('sub/b.txt', 'world');
  mkdirSync(join(folder, 'empty'));
  symlinkSync('a.txt', join(folder, 'link'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (path: string, content: string | Buffer): void => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), content);
};

const digest = async (): Promise<string> => (await digestTree(folder)).sha256;

describe('the digest of a tree', () => {
  it('counts files and bytes', async () => {
    expect(await digestTree(folder)).toMatchObject({ files: 2, sizeBytes: 10 });
  });

  it.each<[what: string, change: () => void]>([
    ['a byte', () => write('a.txt', 'hellO')],
    ['a new file', () => write('c', '')],
    ['a removed file', () => rmSync(join(folder, 'sub/b.txt'))],
    ['a removed empty folder', () => rmSync(join(folder, 'empty'), { recursive: true })],
    [
      'a name',
      () => {
        rmSync(join(folder, 'a.txt'));
        write('A.txt', 'hello');
      },
    ],
    ['what the owner may do', () => chmodSync(join(folder, 'a.txt'), 0o755)],
    [
      'where a link leads',
      () => {
        rmSync(join(folder, 'link'));
        symlinkSync('sub', join(folder, 'link'));
      },
    ],
    [
      'a link that became a file',
      () => {
        rmSync(join(folder, 'link'));
        write('link', 'a.txt');
      },
    ],
    [
      'a byte that moved from one file to the next',
      () => {
        write('a.txt', 'hell');
        write('sub/b.txt', 'oworld');
      },
    ],
  ])('changes with %s', async (_what, change) => {
    const before = await digest();
    change();
    expect(await digest()).not.toBe(before);
  });

  it.each<[what: string, change: () => void]>([
    ['times', () => utimesSync(join(folder, 'a.txt'), 1, 1)],
    ['what others may do', () => chmodSync(join(folder, 'a.txt'), 0o600)],
  ])('stays the same for %s', async (_what, change) => {
    chmodSync(join(folder, 'a.txt'), 0o644);
    const before = await digest();
    change();
    expect(await digest()).toBe(before);
  });

  it('leaves out what is ignored and excluded', async () => {
    const before = await digest();
    write('ignored', 'x');
    write('out/x', 'x');
    const options = { ignore: (path: string) => path === 'ignored', exclude: [join(folder, 'out')] };
    expect((await digestTree(folder, options)).sha256).toBe(before);
  });

  it('finds words, also where a large file is read in pieces', async () => {
    const large = Buffer.alloc(1024 * 1024 + 10, 'x');
    large.write(' WORD ', 1024 * 1024 - 3);
    write('sub/large', large);
    const wordsIn = (bytes: Buffer): string[] => (bytes.includes(' WORD ') ? ['WORD'] : []);
    expect((await digestTree(folder, { wordsIn })).words).toEqual(new Map([['WORD', 'sub/large']]));
  });

  it('reads nothing that is remembered', async () => {
    const known = new Map<string, FileDigest>();
    const memory: DigestMemory = {
      recall: (path) => known.get(path),
      remember: (path, _stats, found) => known.set(path, found),
    };
    const before = await digestTree(folder, { memory });
    write('a.txt', 'other');
    expect(await digestTree(folder, { memory })).toEqual(before);
    known.delete('a.txt');
    expect((await digestTree(folder, { memory })).sha256).not.toBe(before.sha256);
  });

  it('does not take a file that grows while it is read', async () => {
    const memory: DigestMemory = {
      recall() {
        write('a.txt', 'longer than it was');
        return undefined;
      },
      remember() {},
    };
    await expect(digestTree(folder, { memory })).rejects.toThrow(ArchiveError);
  });
});

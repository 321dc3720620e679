import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyTree } from './copy-tree.ts';

let root: string;
let from: string;
let to: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-copy-'));
  from = join(root, 'from');
  to = join(root, 'to');
  mkdirSync(from);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A file that was not written just now, so that its time is kept. */
function write(name: string, content: string, mtimeSeconds = 1_700_000_000): void {
  mkdirSync(join(from, name, '..'), { recursive: true });
  writeFileSync(join(from, name), content);
  utimesSync(join(from, name), mtimeSeconds, mtimeSeconds);
}

const read = (name: string): string => readFileSync(join(to, name), 'utf8');

describe('copyTree', () => {
  it('copies files with mode and time, links as links, and empty folders', async () => {
    write('a/run.sh', 'echo');
    chmodSync(join(from, 'a/run.sh'), 0o4751);
    symlinkSync('../nowhere', join(from, 'a/dangling'));
    mkdirSync(join(from, '.git/empty'), { recursive: true });
    write('big', 'x'.repeat(2_000_000));
    const counts = await copyTree(from, to);
    expect(counts).toEqual({ files: 2, folders: 3, links: 1, bytes: 2_000_004, written: 3, removed: 0 });
    expect(statSync(join(to, 'a/run.sh')).mode & 0o7777).toBe(0o4751);
    expect(statSync(join(to, 'a/run.sh')).mtimeMs).toBe(1_700_000_000_000);
    expect(readlinkSync(join(to, 'a/dangling'))).toBe('../nowhere');
    expect(lstatSync(join(to, '.git/empty')).isDirectory()).toBe(true);
    expect(read('big').length).toBe(2_000_000);
  });

  it('leaves what has not changed, rewrites what has, removes what is gone', async () => {
    write('same', 'same');
    write('content', 'old');
    write('mode', 'mode');
    write('gone/file', 'x');
    symlinkSync('same', join(from, 'link'));
    await copyTree(from, to);
    const before = statSync(join(to, 'same')).ctimeMs;
    write('content', 'new', 1_700_000_001);
    chmodSync(join(from, 'mode'), 0o600);
    rmSync(join(from, 'gone'), { recursive: true });
    rmSync(join(from, 'link'));
    symlinkSync('mode', join(from, 'link'));
    expect(await copyTree(from, to)).toMatchObject({ written: 3, removed: 1 });
    expect([read('content'), readlinkSync(join(to, 'link')), existsSync(join(to, 'gone'))]).toEqual([
      'new',
      'mode',
      false,
    ]);
    expect(statSync(join(to, 'mode')).mode & 0o777).toBe(0o600);
    expect(statSync(join(to, 'same')).ctimeMs).toBe(before);
    expect(await copyTree(from, to)).toMatchObject({ written: 0, removed: 0 });
  });

  it('copies a file again that may change within the tick of its time', async () => {
    writeFileSync(join(from, 'f'), 'old');
    await copyTree(from, to);
    expect((await copyTree(from, to)).written).toBe(1);
  });

  it('lets things become other things', async () => {
    write('x/file', 'x');
    write('y', 'file');
    symlinkSync('y', join(from, 'z'));
    await copyTree(from, to);
    for (const name of ['x', 'y', 'z']) rmSync(join(from, name), { recursive: true });
    write('x', 'file now');
    write('z/file', 'folder now');
    symlinkSync('z', join(from, 'y'));
    await copyTree(from, to);
    expect([read('x'), read('z/file'), readlinkSync(join(to, 'y'))]).toEqual(['file now', 'folder now', 'z']);
  });

  it('never writes through a link or another name of a file', async () => {
    const outside = join(root, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'file'), 'untouched');
    mkdirSync(to);
    symlinkSync(outside, join(to, 'folder'));
    symlinkSync(join(outside, 'file'), join(to, 'file'));
    linkSync(join(outside, 'file'), join(to, 'hard'));
    write('folder/file', 'new');
    write('file', 'new');
    write('hard', 'new');
    await copyTree(from, to);
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('untouched');
    expect([read('folder/file'), read('file'), read('hard')]).toEqual(['new', 'new', 'new']);
  });

  it('replaces a target that is itself a link', async () => {
    mkdirSync(join(root, 'outside'));
    symlinkSync('outside', to);
    write('f', 'x');
    await copyTree(from, to);
    expect([lstatSync(to).isDirectory(), existsSync(join(root, 'outside/f'))]).toEqual([true, false]);
  });

  it('leaves out the target, excluded folders and what is ignored', async () => {
    for (const name of ['f', 'build/f', '.work/cache/f', 'keep/.work/f']) write(name, 'x');
    const inside = join(from, '.out/copy');
    const ignore = (path: string, isFolder: boolean): boolean => isFolder && path === 'build';
    await copyTree(from, inside, { ignore, exclude: [join(from, '.work')] });
    const found = spawnSync('find', ['.', '-type', 'f'], { cwd: inside, encoding: 'utf8' });
    expect(found.stdout.trim().split('\n').sort()).toEqual(['./f', './keep/.work/f']);
    expect(existsSync(join(inside, '.out/copy'))).toBe(false);
  });

  it('keeps names whose bytes are no text', async () => {
    writeFileSync(Buffer.from(`${from}/caf\xe9`, 'latin1'), 'x');
    await copyTree(from, to);
    await copyTree(from, to);
    expect(readFileSync(Buffer.from(`${to}/caf\xe9`, 'latin1'), 'utf8')).toBe('x');
  });

  it('can fill folders that their owner may not write to', async () => {
    write('locked/f', 'x');
    chmodSync(join(from, 'locked'), 0o555);
    await copyTree(from, to);
    expect(statSync(join(to, 'locked')).mode & 0o777).toBe(0o755);
    expect((await copyTree(from, to)).written).toBe(0);
  });

  it('names the pipe that it cannot copy', async () => {
    spawnSync('mkfifo', [join(from, 'pipe')]);
    await expect(copyTree(from, to)).rejects.toMatchObject({
      code: 'UNSUPPORTED_FILE',
      path: join(from, 'pipe'),
    });
  });

  it('stops when the signal says so', async () => {
    await expect(copyTree(from, to, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it('lets other work of the process run, and tells how far it is', async () => {
    for (let index = 0; index < 2000; index += 1) write(`f${index}`, 'x');
    const seen: number[] = [];
    await copyTree(from, to, { onProgress: (counts) => seen.push(counts.files) });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });
});

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFile,
  chmod,
  link,
  mkdir,
  mkdtemp,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';
import { openLocal } from './local-file.ts';

/** `base/root` is served; `base/outside` and `base/root-beside` are not. */
describe('a file below a root', () => {
  let base = '';
  let root = '';
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'slipway-local-'));
    root = join(base, 'root');
    await mkdir(join(root, 'a/b'), { recursive: true });
    await mkdir(join(base, 'root-beside'));
    await writeFile(join(root, 'a/b/file.txt'), 'hello');
    await writeFile(join(base, 'outside'), 'secret');
    await writeFile(join(base, 'root-beside/file'), 'secret');
  });
  afterEach(() => rm(base, { recursive: true }));

  const at = (path: string, folder = root, roots = [root]) =>
    openLocal({ roots, folder, path, now: Date.now });

  async function read(content: DownloadContent, end = content.sizeBytes): Promise<string> {
    let text = '';
    for await (const chunk of content.read({ start: 0, end }, new AbortController().signal))
      text += Buffer.from(chunk).toString();
    return text;
  }

  async function textAt(path: string, folder?: string): Promise<string | undefined> {
    const found = await at(path, folder);
    if (found?.type !== 'file') return undefined;
    await using content = found.content;
    return await read(content);
  }

  it('is read, whichever folder at or below the root begins its path', async () => {
    expect(await textAt('a/b/file.txt')).toBe('hello');
    expect(await textAt('b/file.txt', join(root, 'a'))).toBe('hello');
    expect(await textAt('file.txt', `${root}//a/./b/`)).toBe('hello');
  });

  it('says its size, its time, its name, and that it is bytes', async () => {
    await utimes(join(root, 'a/b/file.txt'), 1000, 1000);
    const found = await at('a/b/file.txt');
    if (found?.type !== 'file') throw new Error('no file');
    await using content = found.content;
    expect(content).toMatchObject({
      sizeBytes: 5,
      modifiedAt: 1_000_000,
      fileName: 'file.txt',
      mediaType: 'application/octet-stream',
    });
  });

  it('may have a name that means something elsewhere', async () => {
    for (const name of ['a b', 'ü', '%2e%2e', '..a', 'a..', '\\..\\x', 'a"b\nc', '-rf', '~']) {
      await writeFile(join(root, name), name);
      expect(await textAt(name), name).toBe(name);
    }
  });

  it('is not there when it is not, and when it may not be asked for', async () => {
    const hostile = [
      '../outside',
      'a/../../outside',
      '..',
      '/etc/passwd',
      `${root}/a/b/file.txt`,
      '/a/b/file.txt',
      'a/b/file.txt\0',
      '\0',
      'none',
      'a/b/file.txt/x',
      `${'x/'.repeat(3000)}x`,
      'x'.repeat(300),
      '%2e%2e/outside',
      '..%2foutside',
      '..\\outside',
    ];
    for (const path of hostile) expect(await at(path), JSON.stringify(path)).toBeUndefined();
  });

  it('is not there below what is no root', async () => {
    for (const folder of [
      base,
      join(base, 'root-beside'),
      `${root}/../root-beside`,
      `${root}/..`,
      'root',
      '.',
      '',
      '/',
      `${root}\0`,
      `${root}/a/../../root-beside`,
    ])
      expect(await at('file', folder), folder).toBeUndefined();
    expect(await at('a/b/file.txt', root, [])).toBeUndefined();
    expect(await at('file', join(base, 'gone'), [join(base, 'gone')])).toBeUndefined();
  });

  it('may be reached through links that stay below the root', async () => {
    await symlink('a/b/file.txt', join(root, 'link'));
    await symlink(join(root, 'a'), join(root, 'absolute'));
    expect(await textAt('link')).toBe('hello');
    expect(await textAt('absolute/b/file.txt')).toBe('hello');
    expect(await textAt('b/file.txt', join(root, 'absolute'))).toBe('hello');
  });

  it('is not there when links lead out of the root', async () => {
    await symlink('../outside', join(root, 'link'));
    await symlink('..', join(root, 'up'));
    await symlink('/', join(root, 'everything'));
    await symlink('loop', join(root, 'loop'));
    for (const path of [
      'link',
      'up/outside',
      'up/root-beside/file',
      'everything/etc/passwd',
      'loop',
      'loop/x',
    ])
      expect(await at(path), path).toBeUndefined();
    expect(await at('outside', join(root, 'up'))).toBeUndefined();
  });

  it('may be below a root that is a link itself', async () => {
    await symlink('root', join(base, 'current'));
    const found = await at('a/b/file.txt', join(base, 'current'), [join(base, 'current')]);
    if (found?.type !== 'file') throw new Error('no file');
    await using content = found.content;
    expect(await read(content)).toBe('hello');
  });

  it('of one root is not served through a link in another one', async () => {
    const other = join(base, 'other');
    await mkdir(other);
    await symlink(root, join(other, 'in'));
    expect(await at('in/a/b/file.txt', other, [other, root])).toBeUndefined();
  });

  it('is never what is no file: pipes, sockets and devices are not there, and keep nobody waiting', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const server = createServer().listen(join(root, 'socket'));
    await once(server, 'listening');
    await symlink('/dev/zero', join(root, 'device'));
    for (const path of ['pipe', 'socket', 'device']) expect(await at(path), path).toBeUndefined();
    server.close();
  });

  it('is not what a store keeps for itself', async () => {
    await mkdir(join(root, 'bucket/.slipway/new'), { recursive: true });
    await writeFile(join(root, 'bucket/.slipway/new/half'), 'half');
    await symlink('bucket/.slipway/new', join(root, 'innocent'));
    for (const path of ['bucket/.slipway/new/half', 'innocent/half'])
      expect(await at(path), path).toBeUndefined();
    expect(await at('half', join(root, 'bucket/.slipway/new'))).toBeUndefined();
  });

  it('has the digest that a store knows of it, whichever folder at or above the store is the root', async () => {
    await using store = await openStore({ type: 'folder', folder: join(root, 'bucket') });
    const { sha256 } = await store.put('app/run/output.tar', ReadableStream.from([Buffer.from('stored')]));
    for (const [folder, path] of [
      [root, 'bucket/app/run/output.tar'],
      [join(root, 'bucket'), 'app/run/output.tar'],
    ] as const) {
      const found = await at(path, folder, [folder]);
      if (found?.type !== 'file') throw new Error('no file');
      await using content = found.content;
      expect(content).toMatchObject({ etag: sha256, sha256 });
    }
    const deeper = join(root, 'bucket/app');
    const found = await at('run/output.tar', deeper, [deeper]);
    if (found?.type !== 'file') throw new Error('no file');
    await using content = found.content;
    expect(content).not.toHaveProperty('sha256'); // the store is above the root, and none of its business
  });

  it('is not kept waiting by what somebody put where a store says what it knows', async () => {
    await writeFile(join(root, 'mine'), 'mine');
    const { ino, size, mtimeNs } = await stat(join(root, 'mine'), { bigint: true });
    const known = join(root, '.slipway/meta', `${ino}-${size}-${mtimeNs}`);
    await mkdir(join(root, '.slipway/meta'), { recursive: true });
    execFileSync('mkfifo', [known]);
    expect(await textAt('mine')).toBe('mine');
    await rm(known);
    await writeFile(known, '');
    await truncate(known, 8 * 1024 ** 3);
    expect(await textAt('mine')).toBe('mine');
    await rm(known);
    await symlink(known, known);
    expect(await textAt('mine')).toBe('mine');
  });

  it('is not what a store knows when somebody has written to it since', async () => {
    await using store = await openStore({ type: 'folder', folder: root });
    const { sha256 } = await store.put('object', ReadableStream.from([Buffer.from('stored')]));
    await writeFile(join(root, 'object'), 'edited');
    const found = await at('object');
    if (found?.type !== 'file') throw new Error('no file');
    await using content = found.content;
    expect(content.etag).not.toBe(sha256);
    expect(content).not.toHaveProperty('sha256');
  });

  it('is not there when the store that it belongs to says that it has expired', async () => {
    await using store = await openStore({ type: 'folder', folder: root });
    const bytes = () => ReadableStream.from([Buffer.from('stored')]);
    await store.put('past', bytes(), { expiresAt: Date.now() - 1000 });
    await store.put('to-come', bytes(), { expiresAt: Date.now() + 3_600_000 });
    expect(await at('past')).toBeUndefined();
    expect(await textAt('to-come')).toBe('stored');
  });

  it('may be a folder, which is said with its real path', async () => {
    await symlink('a', join(root, 'link'));
    expect(await at('link/b')).toEqual({ type: 'folder', folder: join(root, 'a/b'), root });
    expect(await at('.')).toEqual({ type: 'folder', folder: root, root });
  });

  it('stays the one that was opened, whatever takes its place or its name', async () => {
    const found = await at('a/b/file.txt');
    if (found?.type !== 'file') throw new Error('no file');
    await using content = found.content;
    await writeFile(join(root, 'new'), 'other');
    await rename(join(root, 'new'), join(root, 'a/b/file.txt'));
    expect(await read(content)).toBe('hello');
  });

  it('fails to be read when it becomes shorter', async () => {
    const found = await at('a/b/file.txt');
    if (found?.type !== 'file') throw new Error('no file');
    await using content = found.content;
    await truncate(join(root, 'a/b/file.txt'), 2);
    await expect(read(content)).rejects.toMatchObject({ code: 'TRUNCATED' });
  });

  it('is never read to its end where somebody writes to it meanwhile, but where it only grows', async () => {
    const path = join(root, 'a/b/file.txt');
    await utimes(path, 1000, 1000);
    const found = await at('a/b/file.txt');
    if (found?.type !== 'file') throw new Error('no file');
    await using content = found.content;
    await appendFile(path, ' world');
    expect(await read(content)).toBe('hello');
    await writeFile(path, 'HELLO');
    await expect(read(content)).rejects.toMatchObject({ code: 'CHANGED' });
    await expect(read(content, 2)).rejects.toMatchObject({ code: 'CHANGED' });
  });

  it('never leads out, however fast a link takes the place of a folder', async () => {
    await mkdir(join(base, 'trap/b'), { recursive: true });
    await writeFile(join(base, 'trap/b/file.txt'), 'secret');
    await symlink('../trap', join(root, 'bait'));
    const over = new AbortController();
    const swapping = (async () => {
      const [folder, aside, bait] = [join(root, 'a'), join(root, 'aside'), join(root, 'bait')];
      while (!over.signal.aborted) {
        await rename(folder, aside);
        await rename(bait, folder);
        await rename(folder, bait);
        await rename(aside, folder);
      }
    })();
    const seen = new Set<string | undefined>();
    for (let i = 0; i < 3000 && !(i > 300 && seen.has('hello') && seen.has(undefined)); i += 1)
      seen.add(await textAt('a/b/file.txt'));
    over.abort();
    await swapping;
    expect([...seen]).not.toContain('secret');
  });
});

describe('the ETag of a file below a root', () => {
  let root = '';
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'slipway-etag-'));
  });
  afterAll(() => rm(root, { recursive: true }));

  async function etag(path: string, now = () => Date.now() + 60_000): Promise<string> {
    const found = await openLocal({ roots: [root], folder: root, path, now });
    if (found?.type !== 'file') throw new Error(`no file ${path}`);
    await found.content[Symbol.asyncDispose]();
    return found.content.etag;
  }

  it('is the same for as long as the file is', async () => {
    await writeFile(join(root, 'same'), 'hello');
    await link(join(root, 'same'), join(root, 'other-name'));
    const before = await etag('same');
    expect(await etag('same')).toBe(before);
    expect(await etag('other-name')).toBe(before);
    expect(before).toMatch(/^[\w-]+$/);
  });

  it('is another one when content, times or file are', async () => {
    const path = join(root, 'changing');
    const seen = new Set<string>();
    const note = async () => void seen.add(await etag('changing'));
    await writeFile(path, 'hello');
    await note();
    await utimes(path, 1000, 1000);
    await note();
    await writeFile(path, 'other');
    await utimes(path, 1000, 1000); // as those who hide a change do
    await note();
    await chmod(path, 0o600);
    await note();
    await writeFile(join(root, 'new'), 'hello');
    await rename(join(root, 'new'), path);
    await note();
    expect(seen.size).toBe(5);
  });

  it('of a file that has just been changed is good for nothing but this one download', async () => {
    await writeFile(join(root, 'fresh'), 'hello');
    expect(await etag('fresh', Date.now)).not.toBe(await etag('fresh', Date.now));
  });
});

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ByteLru, type Weighed } from '../../kernel/index.ts';
import { openStore } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';
import { readAll } from '../testing/stored-tars.ts';
import { type ContentCache, createContentCache } from './content-cache.ts';
import { openArchiveOfFolder } from './folder-layout.ts';
import type { ArchiveFormat } from './layout-content.ts';

const FORMATS: readonly ArchiveFormat[] = ['tar', 'tar.gz', 'zip'];
const LARGE = Buffer.alloc(1_500_000, 'a large file ');
const LATER_MS = 60_000;
const JUST_NOW = (): number => 0; // no file is older than that

let outside: string;
let folder: string;
let cache: ContentCache;

beforeEach(() => {
  outside = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-folder-')));
  folder = join(outside, 'site');
  cache = createContentCache();
  writeFileSync(join(outside, 'secret'), 'not below the folder');
  mkdirSync(join(folder, 'sub/empty'), { recursive: true });
  writeFileSync(join(folder, 'sub/large'), LARGE);
  writeFileSync(join(folder, 'run'), '#!/bin/sh\n');
  chmodSync(join(folder, 'run'), 0o750);
  writeFileSync(join(folder, 'größe'), 'x');
  symlinkSync('../secret', join(folder, 'link'));
});

afterEach(() => rmSync(outside, { recursive: true, force: true }));

/** Opens the folder; as if all in it were old, unless `now` says something else. */
async function open(
  format: ArchiveFormat,
  now: () => number = () => Date.now() + LATER_MS,
  root: string = folder,
): Promise<DownloadContent> {
  const content = await openArchiveOfFolder({ folder, root, format, cache, now });
  if (content === undefined) throw new Error('there is no such folder');
  return content;
}

async function unpacked(format: ArchiveFormat, root?: string): Promise<string> {
  const archive = join(outside, `archive.${format}`);
  const out = join(outside, 'out');
  mkdirSync(out);
  writeFileSync(archive, await readAll(await open(format, undefined, root)));
  if (format === 'zip')
    execFileSync('unzip', ['-q', archive, '-d', out], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  else execFileSync('tar', ['-C', out, '-xpf', archive]);
  return join(out, 'site');
}

describe.each(FORMATS)('a folder of this machine as %s', (format) => {
  it('unpacks to the same folder, with links as links', async () => {
    const out = await unpacked(format);
    expect(execFileSync('diff', ['-r', '--no-dereference', folder, out], { encoding: 'utf8' })).toBe('');
    expect(readlinkSync(join(out, 'link'))).toBe('../secret');
    const modes = (place: string): string =>
      execFileSync('find', ['.', '!', '-type', 'l', '-printf', '%P %m %Ts\n'], {
        cwd: place,
        encoding: 'utf8',
      });
    const sorted = (text: string): string[] => text.split('\n').toSorted();
    expect(sorted(modes(out))).toEqual(sorted(modes(folder)));
  });

  it('has nothing of what a store keeps for itself, half written or past', async () => {
    mkdirSync(join(folder, '.slipway/tmp'), { recursive: true });
    mkdirSync(join(folder, 'sub/.slipway/meta'), { recursive: true });
    writeFileSync(join(folder, '.slipway/tmp/half'), 'half written');
    writeFileSync(join(folder, 'sub/.slipway/meta/one'), '{}');
    const out = await unpacked(format);
    const found = execFileSync('find', [out, '-name', '.slipway'], { encoding: 'utf8' });
    expect([found, existsSync(join(out, 'sub/large'))]).toEqual(['', true]);
  });

  it('has nothing that has expired in a store, at the folder, in it or above it', async () => {
    const bytes = () => ReadableStream.from([Buffer.from('stored')]);
    const past = { expiresAt: Date.now() - 1000 };
    for (const at of [outside, folder, join(folder, 'sub')]) {
      await using store = await openStore({ type: 'folder', folder: at });
      const key = at === outside ? 'site/above' : 'own';
      await store.put(`${key}-past`, bytes(), past);
      await store.put(`${key}-kept`, bytes(), { expiresAt: Date.now() + 3_600_000 });
    }
    const out = await unpacked(format, outside);
    const found = execFileSync('find', ['.', '-name', '*-*', '-type', 'f'], { cwd: out, encoding: 'utf8' });
    expect(found.trim().split('\n').toSorted()).toEqual(['./above-kept', './own-kept', './sub/own-kept']);
  });

  it('is refused while others take all memory that is for folders, and let in when they are gone', async () => {
    cache = createContentCache({ maxBytes: 6000 });
    const first = await open(format);
    await expect(open(format)).rejects.toMatchObject({ name: 'DownloadRefusal', code: 'BUSY' });
    await first[Symbol.asyncDispose]();
    await (await open(format))[Symbol.asyncDispose]();
    expect([cache.folders.heldBytes, cache.walking.heldBytes]).toEqual([0, 0]);
  });

  it('gives any range of the same bytes, also from another opening', async () => {
    const whole = await readAll(await open(format));
    for (const [start, end] of [
      [0, 1],
      [500, 3000],
      [700_000, 900_000],
      [whole.length - 600, whole.length],
      [whole.length, whole.length],
    ] as const) {
      const part = await readAll(await open(format), { start, end });
      expect(part.equals(whole.subarray(start, end))).toBe(true);
    }
  });

  it('has the same tag while nothing changes, and another one when a file does', async () => {
    const { etag, fileName } = await open(format);
    expect([(await open(format)).etag, fileName]).toEqual([etag, `site.${format}`]);
    writeFileSync(join(folder, 'run'), '#!/bin/ls\n');
    expect((await open(format)).etag).not.toBe(etag);
  });

  it('has a tag of its own each time while a file has just been changed', async () => {
    expect((await open(format, JUST_NOW)).etag).not.toBe((await open(format, JUST_NOW)).etag);
  });

  it('is not read on when a file was changed, was removed, or gave way to a link', async () => {
    const file = join(folder, 'sub/large');
    const disturb: readonly (() => void)[] = [
      () => appendFileSync(file, 'more'),
      () => truncateSync(file, 1000),
      () => rmSync(file),
      () => symlinkSync('../../secret', file),
    ];
    const before = await open(format);
    for (const change of disturb) {
      change();
      await expect(readAll(before)).rejects.toMatchObject({ code: 'CHANGED' });
    }
  });

  it('ends with an error when a file changes while it is read', async () => {
    const content = await open(format);
    const read = async (change: () => void): Promise<void> => {
      const all = { start: 0, end: content.sizeBytes };
      for await (const _chunk of content.read(all, new AbortController().signal)) change();
    };
    await expect(read(() => appendFileSync(join(folder, 'sub/large'), 'more'))).rejects.toMatchObject({
      code: 'CHANGED',
    });
  });
});

describe('the archive of a folder', () => {
  it('says that a file became shorter while it was read', async () => {
    const content = await open('tar');
    const all = { start: 0, end: content.sizeBytes };
    const reading = content.read(all, new AbortController().signal)[Symbol.asyncIterator]();
    await reading.next();
    truncateSync(join(folder, 'sub/large'), 10);
    const rest = (async () => {
      for (let next = await reading.next(); !next.done; next = await reading.next());
    })();
    await expect(rest).rejects.toMatchObject({ code: 'TRUNCATED' });
  });

  it('is none where there is no folder, nor behind a link', async () => {
    symlinkSync('site', join(outside, 'linked'));
    for (const path of ['nothing', 'secret', 'linked', 'linked/sub']) {
      const asked = { folder: join(outside, path), format: 'tar', cache } as const;
      expect(await openArchiveOfFolder(asked)).toBeUndefined();
    }
  });

  it('leaves out pipes, which would be waited for', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(execFileSync('ls', [await unpacked('zip')], { encoding: 'utf8' })).toBe('größe\nlink\nrun\nsub\n');
  });

  it('never has what a link leads to that took the place of a folder', async () => {
    const content = await open('tar');
    mkdirSync(join(outside, 'other'));
    writeFileSync(join(outside, 'other/large'), Buffer.alloc(LARGE.length, 'secret'));
    renameSync(join(folder, 'sub'), join(outside, 'moved'));
    symlinkSync('../other', join(folder, 'sub'));
    await expect(readAll(content)).rejects.toMatchObject({ code: 'CHANGED' });
  });

  it('refuses two names that are no text and would be one', async () => {
    for (const last of [0xff, 0xfe]) {
      writeFileSync(Buffer.concat([Buffer.from(`${folder}/name`), Buffer.from([last])]), '');
    }
    await expect(open('tar')).rejects.toMatchObject({ code: 'UNSAFE_ENTRY' });
  });

  it('has a name that is no text, and its content', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/name`), Buffer.from([0xff])]), 'found');
    expect((await readAll(await open('tar'))).includes('found')).toBe(true);
  });

  it('has many small files, which are read ahead, and closes them all when its reader leaves', async () => {
    for (let i = 0; i < 500; i += 1) writeFileSync(join(folder, `f${i}`), `content ${i}`);
    const content = await open('tar');
    const bytes = await readAll(content);
    expect(Array.from({ length: 500 }, (_, i) => bytes.includes(`content ${i}\0`))).not.toContain(false);
    const before = readdirSync('/proc/self/fd').length;
    const all = { start: 0, end: content.sizeBytes };
    for await (const _chunk of content.read(all, new AbortController().signal)) break;
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  it('says which of the files ahead was changed, when it is its turn', async () => {
    for (let i = 0; i < 20; i += 1) writeFileSync(join(folder, `f${i}`), `content ${i}`);
    const content = await open('tar');
    writeFileSync(join(folder, 'f15'), 'something else');
    await expect(readAll(content)).rejects.toThrow(/f15 was changed or removed/);
  });

  it('ends when the signal says so', async () => {
    const signal = AbortSignal.abort(new Error('the client left'));
    const asked = { folder, format: 'zip', cache } as const;
    await expect(openArchiveOfFolder({ ...asked, signal })).rejects.toThrow('the client left');
  });
});

describe('checksums of files on disk', () => {
  class CountingLru extends ByteLru<number> {
    made = 0;

    override get(key: string, make: (signal: AbortSignal) => Promise<Weighed<number>>, signal?: AbortSignal) {
      const counting = (making: AbortSignal): Promise<Weighed<number>> => {
        this.made += 1;
        return make(making);
      };
      return super.get(key, counting, signal);
    }
  }

  it('are made once for as long as a file stays as it is', async () => {
    const checksums = new CountingLru(10_000);
    cache = { ...createContentCache(), checksums };
    await open('tar');
    expect(checksums.made).toBe(0);
    await open('zip');
    expect(checksums.made).toBe(3);
    await open('tar.gz');
    expect(checksums.made).toBe(3);
    writeFileSync(join(folder, 'run'), 'other');
    await open('zip');
    expect(checksums.made).toBe(4);
  });

  it('are not remembered of a file that has just been changed', async () => {
    const checksums = new CountingLru(10_000);
    cache = { ...createContentCache(), checksums };
    await open('zip', JUST_NOW);
    await open('zip', JUST_NOW);
    expect(checksums.made).toBe(6);
  });
});

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FolderWatch, WatchError, watchFolder } from './index.ts';

const LIMIT = AbortSignal.timeout(120_000);

describe('watching a folder', () => {
  let folder: string;
  let watching: FolderWatch | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-watch-'));
    watching = undefined;
  });

  afterEach(async () => {
    await watching?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  function write(path: string, content = 'x'): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }

  async function open(ignore?: (path: string, isFolder: boolean) => boolean): Promise<FolderWatch> {
    watching = await watchFolder(folder, ignore === undefined ? {} : { ignore });
    return watching;
  }

  /** Waits until all of these have changed; what else did is in the result too. */
  async function changesOf(watch: FolderWatch, ...wanted: string[]): Promise<Set<string>> {
    const seen = new Set<string>();
    while (!wanted.every((path) => seen.has(path))) {
      for (const path of (await watch.next(LIMIT)).paths) seen.add(path);
    }
    return seen;
  }

  it('sees files that are added, changed and removed', async () => {
    write('a');
    write('b');
    const watch = await open();
    write('a', 'changed');
    write('sub/c');
    rmSync(join(folder, 'b'));
    expect(await changesOf(watch, 'a', 'b', 'sub/c')).toEqual(new Set(['a', 'b', 'sub/c']));
  });

  it('finds files that were made in a new folder before that was watched, and watches them', async () => {
    const watch = await open();
    for (let i = 0; i < 20; i += 1) write(`new${i}/deep/er/file`);
    await changesOf(watch, ...Array.from({ length: 20 }, (_, i) => `new${i}/deep/er/file`));
    write('new7/deep/er/file', 'changed');
    expect(await changesOf(watch, 'new7/deep/er/file')).toEqual(new Set(['new7/deep/er/file']));
  });

  it('sees what an editor writes under another name and renames', async () => {
    write('a');
    const watch = await open((path) => path.endsWith('~'));
    for (const content of ['1', '22']) {
      write('a~', content);
      renameSync(join(folder, 'a~'), join(folder, 'a'));
      expect(await changesOf(watch, 'a')).toEqual(new Set(['a']));
    }
  });

  it('goes on after a folder was renamed, or removed and made again', async () => {
    write('one/a');
    write('two/a');
    const watch = await open();
    renameSync(join(folder, 'one'), join(folder, 'three'));
    await changesOf(watch, 'one/a', 'three/a');
    write('three/a', 'changed');
    await changesOf(watch, 'three/a');
    rmSync(join(folder, 'two'), { recursive: true });
    write('two/b');
    await changesOf(watch, 'two/b');
    write('two/b', 'changed');
    await changesOf(watch, 'two/b');
  });

  it('does not look into what is left out', async () => {
    write('out/a');
    const asked: string[] = [];
    const watch = await open((path, isFolder) => {
      asked.push(path);
      return path === 'out' || (isFolder && path === 'build');
    });
    write('out/a', 'changed');
    write('build/a');
    write('in');
    expect(await changesOf(watch, 'in')).toEqual(new Set(['in']));
    expect(asked.filter((path) => path.startsWith('out/') || path.startsWith('build/'))).toEqual([]);
  });

  it('does not follow links', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'slipway-outside-'));
    symlinkSync(outside, join(folder, 'link'));
    const watch = await open();
    writeFileSync(join(outside, 'a'), '');
    write('in');
    expect(await changesOf(watch, 'in')).toEqual(new Set(['in']));
    rmSync(outside, { recursive: true });
  });

  it('takes names of any letters', async () => {
    const names = ['-rf', 'a b', 'new\nline', 'ünï', '*', '[x]', '{a,b}', '!x'];
    const watch = await open();
    for (const name of names) write(name);
    await changesOf(watch, ...names);
    for (const name of names) write(name, 'changed');
    await changesOf(watch, ...names);
  });

  it('keeps its pace while a file changes a thousand times, and tells of the last change', async () => {
    write('a', '0');
    const watch = await open();
    const code = `for (let i = 1; i <= 1000; i += 1) {
      require('node:fs').writeFileSync('a', String(i));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }`;
    const startedAt = performance.now();
    const writer = spawn(process.execPath, ['-e', code], { cwd: folder });
    let batches = 0;
    for (let content = ''; content !== '1000'; content = readFileSync(join(folder, 'a'), 'utf8')) {
      await watch.next(LIMIT);
      batches += 1;
    }
    expect(batches).toBeLessThanOrEqual((performance.now() - startedAt) / 250 + 1);
    if (writer.exitCode === null) await once(writer, 'exit');
  });

  it('tells when the folder itself is removed', async () => {
    const watch = await open();
    rmSync(folder, { recursive: true });
    await expect(watch.next(LIMIT)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each(['absent', 'file'])('refuses what is no folder: %s', async (name) => {
    write('file');
    await expect(watchFolder(join(folder, name))).rejects.toBeInstanceOf(WatchError);
  });

  it('names the setting when the system has no watches left', () => {
    for (let i = 0; i < 20; i += 1) write(`d${i}/file`);
    const script = join(folder, 'run.mjs');
    const door = join(import.meta.dirname, 'index.ts');
    const code = `import { watchFolder } from ${JSON.stringify(door)};
      await watchFolder(${JSON.stringify(folder)}).catch((error) => console.log(error.code, error.message));`;
    writeFileSync(script, code);
    const limited = `echo 5 >/proc/sys/user/max_inotify_watches && exec "$0" "$1"`;
    const words = ['--user', '--map-root-user', 'sh', '-c', limited, process.execPath, script];
    expect(spawnSync('unshare', ['--user', 'true']).status).toBe(0);
    const output = execFileSync('unshare', words, { encoding: 'utf8' });
    expect(output).toMatch(/^WATCH_LIMIT cannot watch .*fs\.inotify\.max_user_watches=524288/);
  });
});

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MERGE_MODULES } from './merge-modules.ts';

describe('the program that puts packages together', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-modules-'));
    write({
      'merge.cjs': MERGE_MODULES,
      'package.json': '{}',
      'to/a/package.json': manifest('a'),
      'to/a/index.js': 'a',
      'to/a/bin/run.js': 'run',
      'to/a/lib/more.js': 'more',
      'to/a/node_modules/inner/package.json': manifest('inner'),
      'to/a/node_modules/inner/index.js': 'inner',
      'to/@s/b/package.json': manifest('@s/b'),
      'to/@s/b/index.js': 'b',
    });
    mkdirSync(join(folder, 'to/.bin'));
    symlinkSync('../a/bin/run.js', join(folder, 'to/.bin/run'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const manifest = (name: string, more: object = {}) => JSON.stringify({ name, version: '1.0.0', ...more });
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  };
  const run = (task: string) => {
    const words = [join(folder, 'merge.cjs'), task, join(folder, 'from'), join(folder, 'to')];
    const { status, stdout } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
    return { status, stdout };
  };
  const text = (path: string) => readFileSync(join(folder, path), 'utf8');
  /** As npm leaves it beside what it installed. */
  const lock = (packages: object = {}) => write({ 'from/.package-lock.json': JSON.stringify({ packages }) });

  it('outlines packages with their manifests and programs', () => {
    expect(run('outline').status).toBe(0);
    expect(text('from/a/package.json')).toBe(manifest('a'));
    expect(text('from/.bin/run')).toBe('run');
    expect(existsSync(join(folder, 'from/a/node_modules/inner/package.json'))).toBe(true);
    expect(existsSync(join(folder, 'from/@s/b/package.json'))).toBe(true);
    expect(existsSync(join(folder, 'from/a/index.js'))).toBe(false);
  });

  it('adds what is new, and leaves whole what is an outline', () => {
    run('outline');
    write({ 'from/c/package.json': manifest('c'), 'from/c/index.js': 'c' });
    lock();
    expect(run('may-be-outlined').status).toBe(0);
    expect(run('merge-outlined').stdout).toContain(': 2 entries new or other, 4 as they were');
    expect(text('to/c/index.js')).toBe('c');
    expect(text('to/a/lib/more.js')).toBe('more');
    expect(text('to/a/node_modules/inner/index.js')).toBe('inner');
    expect(text('to/@s/b/index.js')).toBe('b');
  });

  it('replaces a package of another version as a whole', () => {
    run('outline');
    write({ 'from/@s/b/package.json': manifest('@s/b', { version: '2.0.0' }), 'from/@s/b/other.js': 'b2' });
    run('merge-outlined');
    expect(text('to/@s/b/other.js')).toBe('b2');
    expect(existsSync(join(folder, 'to/@s/b/index.js'))).toBe(false);
  });

  it.each<[string, () => void]>([
    [
      'runs a script',
      () => write({ 'from/c/package.json': manifest('c', { scripts: { postinstall: 'x' } }) }),
    ],
    ['is compiled', () => write({ 'from/c/package.json': manifest('c'), 'from/c/binding.gyp': '{}' })],
    [
      'has others in it that were there',
      () => write({ 'from/a/package.json': manifest('a', { version: '2.0.0' }) }),
    ],
    ['is of a repository', () => lock({ 'node_modules/c': { resolved: 'git+ssh://x/y.git#1' } })],
    ['is of a folder', () => lock({ 'node_modules/c': { resolved: 'file:../c' } })],
    ['has scripts for all of it', () => write({ 'package.json': '{"scripts":{"prepare":"x"}}' })],
  ])('does not take an outline to be enough where what is new %s', (_what, change) => {
    run('outline');
    lock();
    change();
    expect(run('may-be-outlined').status).toBe(1);
  });

  it('does not take a package with fewer files for an outline where nothing was outlined', () => {
    write({ 'from/@s/b/package.json': manifest('@s/b') });
    run('merge');
    expect(existsSync(join(folder, 'to/@s/b/index.js'))).toBe(false);
  });
});

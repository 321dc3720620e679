import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { eventsSchema } from '../../src/cli/events-schema/events-schema.ts';
import { createRig, type Finished, type Rig } from '../support/rig.ts';

const isLine = new Ajv({ allowUnionTypes: true, validateFormats: false }).compile(eventsSchema());

/** The JSON lines of a command, each of which is as the schema of the program says. */
async function json(rig: Rig, ...words: string[]): Promise<Record<string, unknown>[]> {
  const { stdout, stderr, exitCode } = await rig.run([...words, '--output', 'json']);
  expect(exitCode, stderr).toBe(0);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const value: unknown = JSON.parse(line);
      expect(isLine(value), JSON.stringify(isLine.errors)).toBe(true);
      return value as Record<string, unknown>;
    });
}

const STRONG = 'a1'.repeat(32);
const WEAK = 'b2'.repeat(32);
const REF = `project/element/${STRONG}`;

const repositoryOf = (rig: Rig): string => join(rig.dataFolder, 'cache');

const ostree = (rig: Rig, ...words: string[]): string =>
  execFileSync('ostree', [`--repo=${repositoryOf(rig)}`, ...words], { encoding: 'utf8' });

/** A small output with a log, committed. */
async function committed(rig: Rig, ...refs: string[]): Promise<Finished> {
  rig.write('out/bin/tool', '#!/bin/sh\necho built\n', 0o755);
  rig.write('out/share/text', 'text '.repeat(1000));
  if (!existsSync(join(rig.folder, 'out/bin/link'))) symlinkSync('tool', join(rig.folder, 'out/bin/link'));
  rig.write('build.log', 'compiling\n\u001b[32mdone\u001b[0m\n');
  const words = ['cache', 'commit', ...(refs.length === 0 ? [REF] : refs), 'out', '--log', 'build.log'];
  const run = await rig.run(words);
  expect(run.exitCode, run.stderr).toBe(0);
  return run;
}

describe('slipway cache commit', () => {
  it('makes an artifact as BuildStream does, in a repository that ostree reads', async () => {
    await using rig = createRig();
    rig.write('public.yaml', 'bst: {split-rules: {}}\n');
    await committed(rig);
    const weak = `project/element/${WEAK}`;
    const { stdout } = await rig.run([
      'cache',
      'commit',
      REF,
      weak,
      'out',
      '--log',
      'build.log',
      '--public',
      'public.yaml',
      '--message',
      'by hand',
    ]);
    expect(stdout).toMatch(/^project\/element\/a1.*b2: 5\.2 KiB in 6 files, 2 of them new\n$/);
    ostree(rig, 'fsck');
    expect(ostree(rig, 'rev-parse', REF)).toBe(ostree(rig, 'rev-parse', weak));
    expect(ostree(rig, 'ls', '-R', REF).replaceAll(/ +/g, ' ')).toBe(
      [
        'd00755 0 0 0 /',
        'd00755 0 0 0 /files',
        'd00755 0 0 0 /files/bin',
        'l00777 0 0 0 /files/bin/link -> tool',
        '-00755 0 0 21 /files/bin/tool',
        'd00755 0 0 0 /files/share',
        '-00644 0 0 5000 /files/share/text',
        'd00755 0 0 0 /logs',
        '-00644 0 0 24 /logs/build.log',
        'd00755 0 0 0 /meta',
        '-00644 0 0 219 /meta/artifact.yaml',
        '-00644 0 0 23 /meta/public.yaml',
        '',
      ].join('\n'),
    );
    expect(ostree(rig, 'cat', REF, '/meta/artifact.yaml')).toBe(
      `keys:\n  strong: ${STRONG}\n  weak: ${WEAK}\n  dependencies: {}\nworkspaced: false\nworkspaced_dependencies: {}\n`,
    );
    expect(ostree(rig, 'show', REF)).toMatch(new RegExp(`${REF}\\s+by hand`));
    expect(ostree(rig, 'summary', '-v')).toContain(weak);
  });

  it('makes no metadata of refs without keys', async () => {
    await using rig = createRig();
    await committed(rig, 'mine/thing/1');
    expect(
      ostree(rig, 'ls', 'mine/thing/1')
        .split('\n')
        .map((line) => line.split('/').at(-1)),
    ).toEqual(['', 'files', 'logs', '']);
  });

  it('says so where a ref is written once and names something else', async () => {
    await using rig = createRig();
    await rig.run(['cache', 'init', '--write-once']);
    await committed(rig);
    const before = ostree(rig, 'rev-parse', REF);
    await committed(rig); // the same again is no other artifact
    rig.write('out/more', 'another artifact');
    const { exitCode, stderr } = await rig.run(['cache', 'commit', REF, 'out']);
    expect([exitCode, stderr]).toEqual([
      1,
      `slipway: ${REF} is another artifact already, and refs of ${repositoryOf(rig)} are written once\n` +
        `slipway cache remove ${REF} forgets that one.\n`,
    ]);
    expect(ostree(rig, 'rev-parse', REF)).toBe(before);
  });

  it('refuses what no tree can hold, and keeps nothing', async () => {
    await using rig = createRig();
    rig.write('out/a', 'a');
    execFileSync('mkfifo', [join(rig.folder, 'out/pipe')]);
    const { exitCode, stderr } = await rig.run(['cache', 'commit', REF, 'out']);
    expect([exitCode, stderr]).toEqual([
      1,
      `slipway: ${rig.folder}/out/pipe cannot be stored: it is a pipe\nAn artifact holds files, folders and symbolic links.\n`,
    ]);
    expect((await rig.run(['cache', 'list'])).stderr).toMatch(/^There is no artifact in /);
    ostree(rig, 'fsck');
  });

  it.each([
    [['cache', 'commit', 'out'], 2, /name a ref and a folder/],
    [['cache', 'commit', '../../evil', 'out'], 1, /evil/],
    [['cache', 'commit', 'a b', 'out'], 1, /a b/],
    [['cache', 'commit', REF, 'absent'], 1, /absent: no such file or directory/],
    [['cache', 'commit', REF, 'out', '--log', 'absent.log'], 1, /absent\.log: no such file/],
    [['cache', 'commit', REF, 'out', '--public', 'absent.yaml'], 1, /cannot read .*absent\.yaml/],
    [['cache', 'commit', REF, 'out', '--repository', 'out'], 1, /out is no repository/],
  ])('says what is wrong with %j', async (words, code, expected) => {
    await using rig = createRig();
    rig.write('out/a', 'a');
    const { exitCode, stderr } = await rig.run(words);
    expect(stderr).toMatch(expected);
    expect(stderr).not.toMatch(/ at .*\.ts:/);
    expect(exitCode).toBe(code);
  });
});

describe('slipway cache list', () => {
  it('lists artifacts, newest first, with their sizes', async () => {
    await using rig = createRig();
    await committed(rig);
    await committed(rig, 'other/element/1');
    const { stdout } = await rig.run(['cache', 'list']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(lines[0]).toEqual(['ARTIFACT', 'MADE', 'STORED']);
    expect(
      lines
        .slice(1)
        .map(([ref]) => ref)
        .toSorted(),
    ).toEqual(['other/element/1', REF].toSorted());
    expect(lines[1]?.[2]).toMatch(/^\d+ B$/);
    expect((await json(rig, 'cache', 'list', 'other')).map(({ ref }) => ref)).toEqual(['other/element/1']);
    expect(await json(rig, 'cache', 'list', 'oth')).toEqual([]);
    const limited = await rig.run(['cache', 'list', '--limit', '1']);
    expect(limited.stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(limited.stderr).toBe('1 more are there: --limit 2 lists all.\n');
  });

  it('lists what the configured caches have, and says which', async () => {
    await using rig = createRig();
    await committed(rig);
    rig.write('project.conf', `name: project\nartifacts: {url: ${repositoryOf(rig)}}\n`);
    const [line] = await json(rig, 'cache', 'list', '--remote');
    expect(line).toMatchObject({ ref: REF, cache: repositoryOf(rig) });
    const { stdout } = await rig.run(['cache', 'list', '--pull-url', repositoryOf(rig)]);
    expect(stdout).toMatch(/^ARTIFACT +MADE +CACHE\n/);
  });

  it('lists the caches that answer, and warns of the others', async () => {
    await using rig = createRig();
    await committed(rig);
    rig.write(
      'project.conf',
      `name: p\nartifacts:\n- url: ${rig.folder}/absent\n- url: ${repositoryOf(rig)}\n`,
    );
    const { stdout, stderr, exitCode } = await rig.run(['cache', 'list', '--remote']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(REF);
    expect(stderr).toMatch(/^warning: .*absent/);
  });

  it('says where a cache can be configured, and what is wrong with how one is', async () => {
    await using rig = createRig();
    const none = await rig.run(['cache', 'list', '--remote']);
    expect(none.exitCode).toBe(1);
    expect(none.stderr).toMatch(/no cache is configured/);
    rig.write('project.conf', 'name: p\nartifacts:\n  pul-url: https://x\n');
    const wrong = await rig.run(['cache', 'list', '--remote']);
    expect(wrong.exitCode).toBe(1);
    expect(wrong.stderr).toMatch(/project\.conf:3:3: error: there is no key "pul-url" in artifacts/);
    rig.write('.config/slipway/config.yaml', 'artifacts:\n  pull-url: https://me:secret@x\n');
    rig.write('project.conf', 'name: p\n');
    const secret = await rig.run(['cache', 'list', '--remote']);
    expect(secret.stderr).toMatch(/artifacts\.pull-url: expected an address without a password/);
  });
});

describe('slipway cache show', () => {
  it('says what an artifact is and what is in it', async () => {
    await using rig = createRig();
    await committed(rig);
    const { stdout } = await rig.run(['cache', 'show', REF]);
    const commit = ostree(rig, 'rev-parse', REF).trim();
    expect(stdout).toContain(`artifact    ${REF}\ncommit      ${commit}\n`);
    expect(stdout).toContain(`strong key  ${STRONG}\n`);
    expect(stdout).toContain('-rwxr-xr-x         21  files/bin/tool\n');
    expect(stdout).toContain('lrwxrwxrwx             files/bin/link -> tool\n');
    const [artifact, ...entries] = await json(rig, 'cache', 'show', REF);
    expect(artifact).toMatchObject({ type: 'cache-artifact', ref: REF, commit, keys: { strong: STRONG } });
    expect(entries).toHaveLength(11);
    expect(entries).toContainEqual(
      expect.objectContaining({ path: 'files/bin/tool', kind: 'file', mode: 0o755, sizeBytes: 21 }),
    );
  });

  it('prints one file as it is, and lists one folder', async () => {
    await using rig = createRig();
    await committed(rig);
    expect((await rig.run(['cache', 'show', REF, 'files/bin/tool'])).stdout).toBe('#!/bin/sh\necho built\n');
    const folder = await rig.run(['cache', 'show', REF, 'files/bin']);
    expect(folder.stdout.split('\n').map((line) => line.split(/ {2,}/).at(-1))).toEqual([
      'files/bin/link -> tool',
      'files/bin/tool',
      '',
    ]);
    const absent = await rig.run(['cache', 'show', REF, 'files/sbin']);
    expect([absent.exitCode, absent.stderr]).toEqual([
      1,
      'slipway: there is no files/sbin in the artifact\nfiles has bin, share.\n',
    ]);
  });

  it('takes the beginning of a key, where that means one artifact', async () => {
    await using rig = createRig();
    const near = `project/element/${'a1'.repeat(31)}ff`;
    await committed(rig);
    rig.write('out/other', 'another one');
    await committed(rig, near);
    await committed(rig, `project/else/${WEAK}`);
    const path = 'logs/build.log';
    expect((await rig.run(['cache', 'show', `project/else/b2b`, path])).exitCode).toBe(0);
    expect((await rig.run(['cache', 'show', 'b2b2', path])).exitCode).toBe(0);
    expect((await rig.run(['cache', 'show', near.slice(0, -1), path])).exitCode).toBe(0);
    const listed = await json(rig, 'cache', 'list', 'project/element/a1');
    expect(new Set(listed.map(({ ref }) => ref))).toEqual(new Set([REF, near]));
    expect((await json(rig, 'cache', 'list', 'b2b')).map(({ ref }) => ref)).toHaveLength(1);
    const several = await rig.run(['cache', 'show', 'project/element/a1', path]);
    expect(several.exitCode).toBe(1);
    expect(several.stderr).toBe(
      `slipway: 2 artifacts are meant by "project/element/a1":\n  ${REF}\n  ${near}\nType more of the key.\n`,
    );
    const none = await rig.run(['cache', 'show', 'project/element/c3', path]);
    expect(none.stderr).toMatch(/there is no artifact "project\/element\/c3" in /);
  });
});

describe('slipway cache checkout', () => {
  it('writes the files of an artifact, with modes and links', async () => {
    await using rig = createRig();
    await committed(rig);
    const { stdout } = await rig.run(['cache', 'checkout', REF, 'copy']);
    expect(stdout).toBe(`${rig.folder}/copy: 2 files, 1 link, 4.9 KiB\n`);
    execFileSync('diff', ['-r', '--no-dereference', join(rig.folder, 'out'), join(rig.folder, 'copy')]);
    expect(lstatSync(join(rig.folder, 'copy/bin/tool')).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(rig.folder, 'copy/bin/link'))).toBe('tool');
  });

  it('writes all of it with --whole, a part with --path, and over something with --force alone', async () => {
    await using rig = createRig();
    await committed(rig);
    await rig.run(['cache', 'checkout', REF, 'whole', '--whole']);
    expect(rig.read('whole/logs/build.log')).toContain('compiling');
    const refused = await rig.run(['cache', 'checkout', REF, 'whole']);
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      `slipway: ${rig.folder}/whole is not empty\n--force replaces it, and removes what is in it.\n`,
    ]);
    const [line] = await json(rig, 'cache', 'checkout', REF, 'whole', '--path', 'files/share', '--force');
    expect(line).toMatchObject({ type: 'cache-checked-out', ref: REF, files: 1, sizeBytes: 5000 });
    expect(rig.exists('whole/text')).toBe(true);
    expect(rig.exists('whole/logs')).toBe(false);
  });

  it('writes what ostree committed', async () => {
    await using rig = createRig();
    await rig.run(['cache', 'init']);
    rig.write('theirs/a/b', 'made by ostree');
    mkdirSync(join(rig.folder, 'theirs/empty'));
    chmodSync(join(rig.folder, 'theirs/empty'), 0o711);
    ostree(rig, 'commit', '-b', 'x/y/z', '--owner-uid=0', '--owner-gid=0', join(rig.folder, 'theirs'));
    const without = await rig.run(['cache', 'checkout', 'x/y/z', 'copy']);
    expect(without.stderr).toBe('slipway: the artifact has no folder "files"\n--whole writes all of it.\n');
    // Whoever stands in an empty folder goes on to stand in it.
    const copy = join(rig.folder, 'copy');
    mkdirSync(copy);
    const { ino } = lstatSync(copy);
    await rig.run(['cache', 'checkout', 'x/y/z', '.', '--whole'], { folder: 'copy' });
    expect(rig.read('copy/a/b')).toBe('made by ostree');
    expect([lstatSync(copy).ino, readdirSync(copy).toSorted()]).toEqual([ino, ['a', 'empty']]);
    expect(lstatSync(join(copy, 'empty')).mode & 0o777).toBe(0o711);
  });

  it('leaves nothing of a damaged artifact', async () => {
    await using rig = createRig();
    await committed(rig);
    const objects = execFileSync('find', [repositoryOf(rig), '-name', '*.filez'], { encoding: 'utf8' });
    for (const path of objects.trim().split('\n')) {
      const bytes = readFileSync(path);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0x55;
      execFileSync('sh', ['-c', 'cat >"$0"', path], { input: bytes });
    }
    const { exitCode, stderr } = await rig.run(['cache', 'checkout', REF, 'copy']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^slipway: /);
    expect(stderr).not.toMatch(/ at .*\.ts:/);
    expect(rig.exists('copy')).toBe(false);
  });
});

describe('slipway cache log', () => {
  it('prints the log as it is to a program, and line by line as JSON', async () => {
    await using rig = createRig();
    await committed(rig);
    expect((await rig.run(['cache', 'log', REF])).stdout).toBe('compiling\n\u001b[32mdone\u001b[0m\n');
    const lines = await json(rig, 'cache', 'log', REF);
    expect(lines.map(({ text }) => text)).toEqual(['compiling', '\u001b[32mdone\u001b[0m']);
  });

  it('prints nothing to a terminal that it would act on, but colours', async () => {
    await using rig = createRig();
    rig.write('out/a', 'a');
    rig.write('build.log', 'one\u001b[31mred\u001b[0m\u001b]0;title\u0007\u001b[2J\rover\u202e\n');
    await rig.run(['cache', 'commit', REF, 'out', '--log', 'build.log']);
    const { stdout } = await rig.startAtTerminal(['cache', 'log', REF]).finished;
    expect(stdout.replaceAll('\r\n', '\n')).toBe(
      'one\u001b[31mred\u001b[0m␛]0;title␇␛[2J\nover\ufffd\n\u001b[0m',
    );
  });

  it('says that there is none', async () => {
    await using rig = createRig();
    rig.write('out/a', 'a');
    await rig.run(['cache', 'commit', REF, 'out']);
    const { exitCode, stderr } = await rig.run(['cache', 'log', REF]);
    expect([exitCode, stderr]).toEqual([
      1,
      `slipway: ${REF} has no log\nslipway cache show ${REF} says what it has.\n`,
    ]);
  });
});

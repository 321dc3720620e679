import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from './run.ts';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = [
  'bin',
  'scripts',
  'src',
  'package.json',
  'tsconfig.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
];
const PACK_LIMIT_MS = 60_000; // takes 3 s alone

describe('the packed package', () => {
  let folder: string;
  let installed: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-packed-'));
    installed = await installPacked(folder);
  }, PACK_LIMIT_MS);

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test.each(['slipway', 'wercker'])('runs its JavaScript under the name %s', async (name) => {
    const launcher = join(folder, 'project/node_modules/.bin', name);
    const manifest: unknown = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const version = await run(launcher, ['--version'], { cwd: folder });
    expect(version).toMatchObject({ status: 0, stderr: '' });
    expect(version.stdout).toContain((manifest as { version: string }).version); // npm refuses a package without one

    const help = await run(launcher, ['--help'], { cwd: folder });
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain('build');
  });

  test('holds the launchers and the JavaScript, and neither TypeScript nor tests', async () => {
    const { stdout } = await run('find', ['.', '-type', 'f', '-not', '-path', './node_modules/*'], {
      cwd: installed,
    });
    const files = stdout.trim().split('\n');
    expect(files).toEqual(
      expect.arrayContaining([
        './bin/slipway',
        './bin/wercker',
        './bin/launch',
        './dist/main.js',
        './dist/LICENSES.txt',
        './dist/templates/nodejs.yml',
      ]),
    );
    expect(files.filter((file) => /\.test\.|\.ts$/.test(file))).toEqual([]);
  });
});

/** Packs the sources as they are now and installs the package into `folder`/project, with the dependencies of this checkout. */
async function installPacked(folder: string): Promise<string> {
  const source = join(folder, 'source');
  await mkdir(source);
  for (const path of SOURCES) await cp(join(ROOT, path), join(source, path), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(source, 'node_modules'));
  await succeed('npm', ['pack', '--ignore-scripts=false', '--pack-destination', folder], source);

  const installed = join(folder, 'project/node_modules/slipway');
  await mkdir(installed, { recursive: true });
  await mkdir(join(folder, 'project/node_modules/.bin'));
  const { stdout } = await run('find', [folder, '-maxdepth', '1', '-name', '*.tgz'], { cwd: folder });
  await succeed('tar', ['-xzf', stdout.trim(), '-C', installed, '--strip-components=1'], folder);
  await symlink(join(ROOT, 'node_modules'), join(installed, 'node_modules'));
  for (const name of ['slipway', 'wercker']) {
    await symlink(`../slipway/bin/${name}`, join(folder, 'project/node_modules/.bin', name));
  }
  return installed;
}

async function succeed(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { status, stdout, stderr } = await run(program, args, { cwd });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}

import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkRepository } from '../../src/cache/testing/artifact-host.ts';
import { originalHello, originalPush } from '../../src/cache/testing/original-client.ts';
import { makeArtifact, pushOf } from '../../src/cache/testing/ostree-artifact.ts';
import { connectTo } from '../../src/cache/testing/receiver-process.ts';
import { PACK_LIMIT_MS } from './pack.ts';
import { run, succeed } from './run.ts';

const ROOT = join(import.meta.dirname, '../..');
const PACKED = ['bin', 'deploy', 'docs', 'scripts', 'src', 'package.json', 'tsconfig.json', 'LICENSE'];

describe('the receiver packed alone', () => {
  let folder: string;
  let receiver: string;
  /** Of a host that has Node, and no Slipway. */
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-receiver-packed-'));
    // Others may write to the sources while this runs.
    const source = join(folder, 'source');
    await mkdir(source);
    for (const path of PACKED) await cp(join(ROOT, path), join(source, path), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(source, 'node_modules'));
    await succeed(process.execPath, ['scripts/pack-receiver.ts', folder], source);
    const archive = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? 'none';
    const words = [
      'install',
      '--global',
      '--offline',
      '--prefix',
      join(folder, 'prefix'),
      join(folder, archive),
    ];
    await succeed('npm', words, folder);
    receiver = join(folder, 'prefix/bin/bst-artifact-receive');
    environment = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: folder };
  }, PACK_LIMIT_MS);

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test('says its version and its help, and carries its licence and what sshd needs', async () => {
    const options = { cwd: folder, env: environment };
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect(await run(receiver, ['--version'], options)).toEqual({
      status: 0,
      stdout: `bst-artifact-receive ${version}\n`,
      stderr: '',
    });
    expect(await run(receiver, ['--help'], options)).toMatchObject({ status: 0, stderr: '' });
    const installed = join(folder, 'prefix/lib/node_modules/slipway-receiver');
    expect(await readdir(installed)).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'bin', 'dist', 'package.json', 'sshd']),
    );
  });

  test('makes a repository and takes what is pushed, without anything else of Slipway', async () => {
    const options = { cwd: tmpdir(), env: environment };
    expect(await run(receiver, ['--init', 'artifacts'], options)).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    const hello = connectTo(receiver, ['--pull-url', 'http://127.0.0.1:1/', 'artifacts'], environment);
    expect(await originalHello(hello, { version: '1.0' })).toMatchObject({ exitCode: 0 });
    const push = pushOf(makeArtifact({ 'files/a': 'a\n' }), 'p/e/k');
    const pushed = await originalPush(connectTo(receiver, ['artifacts'], environment), push, {
      version: '1.0',
    });
    expect(pushed).toEqual({ type: 'pushed' });
    expect(checkRepository(join(folder, 'artifacts'))).toEqual(['p/e/k']);
  });
});

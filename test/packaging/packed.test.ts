import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PACK_LIMIT_MS, packInto } from './pack.ts';
import { run, succeed } from './run.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What the help of each has. */
const PROGRAMS = {
  slipway: 'build',
  wercker: 'build',
  'runner-download': 'server',
  'docker-worker': 'start',
  'bst-artifact-receive': 'REPO',
} as const;

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

  test.each(Object.entries(PROGRAMS))('runs its JavaScript under the name %s', async (name, said) => {
    const launcher = join(folder, 'project/node_modules/.bin', name);
    const manifest: unknown = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const version = await run(launcher, ['--version'], { cwd: folder });
    expect(version).toMatchObject({ status: 0, stderr: '' });
    expect(version.stdout).toContain((manifest as { version: string }).version); // npm refuses a package without one

    const help = await run(launcher, ['--help'], { cwd: folder });
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain(said);
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
        './bin/runner-download',
        './bin/docker-worker',
        './bin/bst-artifact-receive',
        './bin/launch',
        './dist/main.js',
        './dist/receive.js',
        './dist/LICENSES.txt',
        './dist/man/slipway.1',
        './dist/sbom.spdx.json',
        './dist/ui/index.html',
        './dist/templates/nodejs.yml',
      ]),
    );
    expect(files.filter((file) => /\.test\.|\.ts$/.test(file))).toEqual([]);
  });

  test('has its web page, packed, and the licences of what is in that', async () => {
    const server = spawn(join(folder, 'project/node_modules/.bin/slipway'), ['server', '--port', '0'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, SLIPWAY_DATA_DIR: join(folder, 'data') },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      const url = await printedUrl(server);
      const html = await (await fetch(url, { headers: { accept: 'text/html' } })).text();
      const script = /src="(\/assets\/index-[^"]+\.js)"/.exec(html)?.[1];
      const answer = await fetch(new URL(script ?? '', url), { headers: { 'accept-encoding': 'br' } });
      expect([answer.status, answer.headers.get('content-encoding')]).toEqual([200, 'br']);
      expect(await answer.text()).toContain('Skip to the content');
    } finally {
      server.kill('SIGTERM');
      await once(server, 'close');
    }
    const licences = await readFile(join(installed, 'dist/LICENSES.txt'), 'utf8');
    const sbom: { readonly packages: readonly { readonly name: string; readonly comment?: string }[] } =
      JSON.parse(await readFile(join(installed, 'dist/sbom.spdx.json'), 'utf8'));
    const bundled = sbom.packages.filter(({ comment }) => comment?.startsWith('bundled'));
    for (const name of ['preact', '@preact/signals', '@xterm/xterm', '@opentelemetry/sdk-trace']) {
      expect(licences).toMatch(new RegExp(`^${name}$`, 'm'));
      expect(bundled.map((found) => found.name)).toContain(name);
    }
    for (const { name } of bundled) expect(licences).toMatch(new RegExp(`^${name}$`, 'm'));
  });
});

/** Waits until a server says where it listens. */
async function printedUrl({ stderr }: ChildProcessByStdio<null, null, Readable>): Promise<string> {
  let text = '';
  for await (const piece of stderr) {
    text += String(piece);
    const url = /"url":"(http:[^"]+)"/.exec(text)?.[1];
    if (url !== undefined) {
      stderr.resume();
      return url;
    }
  }
  throw new Error(`the server ended without an address: ${text}`);
}

/** Packs the sources as they are now and installs the package into `folder`/project, with the dependencies of this checkout. */
async function installPacked(folder: string): Promise<string> {
  const archive = await packInto(folder);
  const installed = join(folder, 'project/node_modules/slipway');
  await mkdir(installed, { recursive: true });
  await mkdir(join(folder, 'project/node_modules/.bin'));
  await succeed('tar', ['-xzf', archive, '-C', installed, '--strip-components=1'], folder);
  await symlink(join(ROOT, 'node_modules'), join(installed, 'node_modules'));
  for (const name of Object.keys(PROGRAMS)) {
    await symlink(`../slipway/bin/${name}`, join(folder, 'project/node_modules/.bin', name));
  }
  return installed;
}

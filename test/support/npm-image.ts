import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const NODE = 'localhost/slipway-node:24';

/** Dispose of it to remove it. */
export interface NpmImage extends AsyncDisposable {
  readonly name: string;
}

/**
 * The local image of Node has no npm, which Node's own image has: one with it, from npm's own package. No two are the same
 * image, so that what builds made of one is told from what they made of another.
 */
export async function imageWithNpm(): Promise<NpmImage> {
  const name = `localhost/slipway-test-npm:${randomUUID()}`;
  await build(name, [`FROM ${await keptImage()}`, `LABEL io.slipway.test=${name}`]);
  return {
    name,
    [Symbol.asyncDispose]: async () => void (await run('docker', ['rmi', '--force', name])),
  };
}

/** What all of them are made of; stays on the engine, as the image of Node does. */
async function keptImage(): Promise<string> {
  const { stdout } = await run('docker', ['image', 'inspect', '--format', '{{.Id}}', NODE]);
  const name = `localhost/slipway-npm:11-${stdout.replace('sha256:', '').slice(0, 12)}`;
  const { stdout: present } = await run('docker', ['images', '--quiet', name]);
  if (present !== '') return name;
  const folder = mkdtempSync(join(tmpdir(), 'slipway-npm-'));
  try {
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error'];
    await run('npm', ['install', '--prefix', folder, ...quiet, 'npm@11']);
    const npm = '/usr/local/lib/node_modules/npm/bin/npm-cli.js';
    const copy = 'COPY node_modules /usr/local/lib/node_modules';
    await build(name, [`FROM ${NODE}`, copy, `RUN ln -s ${npm} /usr/local/bin/npm`], folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return name;
}

/** Builds an image; without a folder, of instructions alone. */
async function build(name: string, lines: readonly string[], folder?: string): Promise<void> {
  const context = folder ?? mkdtempSync(join(tmpdir(), 'slipway-npm-'));
  try {
    writeFileSync(join(context, 'Dockerfile'), lines.join('\n'));
    await run('docker', ['build', '--quiet', '--tag', name, context]);
  } finally {
    if (folder === undefined) rmSync(context, { recursive: true });
  }
}

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

/** The local image of Node has no npm, which Node's own image has: one with it, from npm's own package. */
export async function imageWithNpm(): Promise<NpmImage> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-npm-'));
  const name = `localhost/slipway-test-npm:${randomUUID()}`;
  try {
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error'];
    await run('npm', ['install', '--prefix', folder, ...quiet, 'npm@11']);
    const npm = '/usr/local/lib/node_modules/npm/bin/npm-cli.js';
    const lines = [
      `FROM ${NODE}`,
      'COPY node_modules /usr/local/lib/node_modules',
      `RUN ln -s ${npm} /usr/local/bin/npm`,
    ];
    writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'));
    await run('docker', ['build', '--quiet', '--tag', name, folder]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return {
    name,
    [Symbol.asyncDispose]: async () => void (await run('docker', ['rmi', '--force', name])),
  };
}

// Packs the receiver alone, for a host that keeps artifacts and has Node and nothing else of Slipway:
// slipway-receiver-VERSION.tgz, for `npm install -g`. Usage: scripts/pack-receiver.ts [FOLDER]
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundle, licences } from './bundle.ts';

const root = join(import.meta.dirname, '..');
const destination = resolve(process.argv[2] ?? '.');

/** What goes in as it is, and where it is in the package. */
const FILES = {
  'bin/bst-artifact-receive': 'bin/bst-artifact-receive',
  'bin/launch': 'bin/launch',
  'bin/choose-node': 'bin/choose-node',
  'deploy/sshd': 'sshd',
  'docs/receiver.md': 'README.md',
  LICENSE: 'LICENSE',
} as const;

function manifest(): string {
  const { version, license, type, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const description =
    'Takes build artifacts that are pushed over ssh: the receiver of Slipway, without the rest of it';
  const bin = { 'bst-artifact-receive': 'bin/bst-artifact-receive' };
  return `${JSON.stringify({ name: 'slipway-receiver', version, description, license, type, engines, bin }, undefined, 2)}\n`;
}

const folder = mkdtempSync(join(tmpdir(), 'slipway-receiver-'));
try {
  for (const [from, to] of Object.entries(FILES))
    cpSync(join(root, from), join(folder, to), { recursive: true });
  const packages = await bundle({
    source: 'src/cache/receive/main.ts',
    name: 'receive',
    folder: join(folder, 'dist'),
  });
  if (packages.length > 0) writeFileSync(join(folder, 'dist/LICENSES.txt'), licences(new Set(packages)));
  writeFileSync(join(folder, 'package.json'), manifest());
  mkdirSync(destination, { recursive: true });
  const words = ['pack', '--loglevel=error', '--pack-destination', destination];
  const { status } = spawnSync('npm', words, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs the `docker` program and gives what it printed. */
export const docker = (...words: string[]): string =>
  execFileSync('docker', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

/** Images of one test file; `remove` takes them away again. */
export interface TestImages {
  /** An image like `base`, changed by Dockerfile instructions. */
  derive(name: string, base: string, ...changes: string[]): string;
  /** An image without any file, made for a processor. */
  empty(name: string, architecture?: string): string;
  /** So that images that runs commit are removed too. */
  adopt(name: string): string;
  remove(): void;
}

export function createImages(): TestImages {
  const names = new Set<string>();
  const named = (name: string): string => {
    names.add(name);
    return name;
  };
  return {
    adopt: named,
    derive(name, base, ...changes) {
      const container = docker('create', '--label', 'io.slipway.test=image', base, 'true');
      try {
        docker('commit', ...changes.flatMap((change) => ['--change', change]), container, name);
      } finally {
        docker('rm', container);
      }
      return named(name);
    },
    empty(name, architecture = 'amd64') {
      loadEmpty(name, architecture);
      return named(name);
    },
    remove() {
      for (const name of names) execFileSync('docker', ['rmi', '-f', name], { stdio: 'ignore' });
    },
  };
}

/** By hand, because `docker import` gives every image this machine's processor. */
function loadEmpty(name: string, architecture: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-image-'));
  try {
    mkdirSync(join(folder, 'root'));
    const layer = execFileSync('tar', ['-C', join(folder, 'root'), '-c', '.']);
    const digest = execFileSync('sha256sum', { input: layer, encoding: 'utf8' }).slice(0, 64);
    const config = {
      architecture,
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    };
    writeFileSync(join(folder, 'layer.tar'), layer);
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    const archive = execFileSync('tar', ['-C', folder, '-c', 'manifest.json', 'config.json', 'layer.tar']);
    execFileSync('docker', ['load'], { input: archive, stdio: ['pipe', 'ignore', 'pipe'] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

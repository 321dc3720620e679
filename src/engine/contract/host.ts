import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Mount } from '../engine.ts';

export interface HostFolder {
  /** `ro` with the file `greeting` at `/mnt/ro`, read-only, and the empty `rw` at `/mnt/rw`. */
  readonly mounts: readonly Mount[];
  read(path: string): Promise<string>;
}

/** A folder of this machine to mount; it is removed with the test. */
export async function hostFolder(): Promise<HostFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-contract-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'ro'));
  await mkdir(join(folder, 'rw'));
  await writeFile(join(folder, 'ro', 'greeting'), 'hello');
  return {
    mounts: [
      { source: join(folder, 'ro'), target: '/mnt/ro', readOnly: true },
      { source: join(folder, 'rw'), target: '/mnt/rw', readOnly: false },
    ],
    read: (path) => readFile(join(folder, path), 'utf8'),
  };
}

/** Whether this machine has something at a path. */
export async function hostHas(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeOwnFolder } from './own-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-own-'));
});
afterEach(() => rm(folder, { recursive: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('a folder among those of everybody', () => {
  it('is made for its owner alone, and closed where it was open', async () => {
    const path = join(folder, 'wercker');
    await takeOwnFolder(path);
    expect(await modeOf(path)).toBe(0o700);
    await chmod(path, 0o777);
    await takeOwnFolder(path);
    expect(await modeOf(path)).toBe(0o700);
  });

  it('is not taken where it is a link', async () => {
    const path = join(folder, 'wercker');
    await mkdir(join(folder, 'elsewhere'));
    await symlink('elsewhere', path);
    await expect(takeOwnFolder(path)).rejects.toThrow('no folder, or a link');
  });

  it.runIf(process.getuid?.() === 0)('is not taken where it is somebody else’s', async () => {
    const path = join(folder, 'wercker');
    await mkdir(path);
    await chown(path, 12_345, 12_345);
    await expect(takeOwnFolder(path)).rejects.toThrow('somebody else’s');
  });
});

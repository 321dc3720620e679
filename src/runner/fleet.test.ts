import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderRootOf, requireInside, requireOwnFiles, requireOwnIgnoreFile } from './fleet.ts';

let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-fleet-'));
  root = join(folder, 'source');
  mkdirSync(join(root, 'below'), { recursive: true });
  mkdirSync(join(folder, 'outside'));
  writeFileSync(join(folder, 'outside/wercker.yml'), 'secret');
});
afterEach(() => rmSync(folder, { recursive: true }));

const fleet = (...allow: readonly string[]) => ({ fleet: { root, allow } });

describe('the file of a source on a fleet', () => {
  it('is read where it is in the source, also through a link', async () => {
    writeFileSync(join(root, 'below/own.yml'), '');
    symlinkSync('below/own.yml', join(root, 'wercker.yml'));
    await expect(requireOwnFiles(fleet(), [root])).resolves.toBeUndefined();
  });

  it.each(['ewok.yml', 'wercker.yml', '.wercker.yml'])(
    'is not read through a link out of it: %s',
    async (name) => {
      symlinkSync('../outside/wercker.yml', join(root, name));
      await expect(requireOwnFiles(fleet(), [root])).rejects.toThrow('leads out of the source');
      await expect(requireOwnFiles({}, [root])).resolves.toBeUndefined(); // on one's own machine
    },
  );

  it('is not read where a folder on its way is a link out of it', async () => {
    symlinkSync('../outside', join(root, 'sub'));
    const configFile = join(root, 'sub/wercker.yml');
    await expect(requireOwnFiles({ ...fleet(), configFile }, [root])).rejects.toThrow(
      'leads out of the source',
    );
  });
});

describe('the file that says what is left out', () => {
  it('is in the source, wherever links lead', async () => {
    const file = join(root, '.werckerignore');
    await expect(requireOwnIgnoreFile(fleet(), file)).resolves.toBeUndefined(); // it is not there
    for (const target of ['../outside/wercker.yml', '/dev/zero']) {
      symlinkSync(target, file);
      await expect(requireOwnIgnoreFile(fleet(), file)).rejects.toThrow('leads out of the source');
      await expect(requireOwnIgnoreFile({}, file)).resolves.toBeUndefined(); // on one's own machine
      rmSync(file);
    }
    await expect(requireOwnIgnoreFile(fleet(), '/dev/zero')).rejects.toThrow('leads out of the source');
  });
});

describe('a folder that a service is built from', () => {
  it('is in the source, wherever links lead', async () => {
    symlinkSync('../outside', join(root, 'link'));
    await expect(requireInside(fleet(), join(root, 'below'))).resolves.toBeUndefined();
    for (const path of [join(root, 'link'), join(root, '..', 'outside')])
      await expect(requireInside(fleet(), path)).rejects.toMatchObject({ failure: { reason: 'service' } });
  });

  it('may be any where the operator allows it', async () => {
    await expect(requireInside(fleet('file-steps'), folder)).resolves.toBeUndefined();
    expect(folderRootOf(fleet('file-steps'))).toEqual({});
    expect(folderRootOf(fleet('volumes'))).toEqual({ folderRoot: root });
    expect(folderRootOf({})).toEqual({});
  });
});

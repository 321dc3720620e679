import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfiguration } from '../config/index.ts';
import type { CommandContext } from './command.ts';
import { parseArguments } from './flag-values.ts';
import { BUILD_FLAGS } from './flags.ts';
import { dataStoreLocation, runStores } from './open-stores.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-stores-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function context(line: string, environment: NodeJS.ProcessEnv = {}): CommandContext {
  const own: NodeJS.ProcessEnv = { HOME: folder, ...environment };
  const words = line.split(' ').filter((word) => word !== '');
  const { flags } = parseArguments(words, BUILD_FLAGS, own);
  // Nothing else of the context is looked at.
  const configuration = () => readConfiguration({ environment: own, currentFolder: folder });
  return { flags, environment: own, currentFolder: folder, configuration } as CommandContext;
}

const configured = (text: string): NodeJS.ProcessEnv => {
  writeFileSync(join(folder, 'config.yaml'), text);
  return { SLIPWAY_CONFIG: 'config.yaml' };
};

describe('the data folder’s store', () => {
  it.each([
    ['nothing says where', '', {}, '.local/share/slipway/store'],
    ['the configuration does', 'data: { folder: theirs }', {}, 'theirs/store'],
    ['the variable does as well', 'data: { folder: theirs }', { SLIPWAY_DATA_DIR: 'mine' }, 'mine/store'],
  ])('is where it has to be when %s', async (_, text, environment, expected) => {
    const location = await dataStoreLocation(context('', { ...configured(text), ...environment }));
    expect(location).toEqual({ type: 'folder', folder: join(folder, expected) });
  });
});

describe('a data folder that cannot be one', () => {
  it('is told with what names another', async () => {
    writeFileSync(join(folder, 'file'), '');
    await using stores = runStores(context('', { SLIPWAY_DATA_DIR: 'file' }), false);
    await expect(stores.data()).rejects.toMatchObject({
      message: `${join(folder, 'file/store')} is no folder that could be a store`,
      hint: expect.stringContaining('SLIPWAY_DATA_DIR'),
    });
  });
});

describe('the store of a run’s artifacts', () => {
  it('is none where none are kept and none was asked for', async () => {
    await using stores = runStores(context(''), false);
    expect(await stores.artifacts()).toBeUndefined();
  });

  it('is that of the data folder, opened once, where nobody asked for another', async () => {
    await using stores = runStores(context('', { SLIPWAY_DATA_DIR: 'data' }), true);
    const artifacts = await stores.artifacts();
    expect(artifacts).toEqual({ store: await stores.data() });
    expect(artifacts?.store.name).toContain(join(folder, 'data/store'));
  });

  it('is what the configuration says, and before that what the flags say', async () => {
    const environment = configured('store: { type: folder, folder: theirs }');
    await using stores = runStores(context('', environment), true);
    const artifacts = await stores.artifacts();
    expect(artifacts?.store.name).toContain(join(folder, 'theirs'));
    expect(artifacts?.destination).toBe('local-file-store');
    await using asked = runStores(context('--store-s3 --local-file-store mine', environment), true);
    expect((await asked.artifacts())?.store.name).toContain(join(folder, 'mine/wercker-development'));
  });
});

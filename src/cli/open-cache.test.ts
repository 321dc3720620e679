import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfiguration } from '../config/index.ts';
import type { CommandContext } from './command.ts';
import { openCache } from './open-cache.ts';

let folder: string;
let data: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-open-cache-'));
  data = join(folder, 'share/slipway');
});
afterEach(() => rmSync(folder, { recursive: true }));

function context(): CommandContext {
  const environment = { SLIPWAY_DATA_DIR: data, HOME: folder };
  return {
    environment,
    currentFolder: folder,
    flags: { given: () => false },
    configuration: () => readConfiguration({ environment, currentFolder: folder }),
  } as unknown as CommandContext; // all that is asked of it
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

it('a data folder that begins with its artifact cache is for its owner alone', async () => {
  await using _cache = await openCache(context());
  expect([modeOf(data), modeOf(join(data, 'cache'))]).toEqual([0o700, 0o755]);
});

it('a data folder that is there keeps its permissions', async () => {
  mkdirSync(data, { recursive: true, mode: 0o755 });
  await using _cache = await openCache(context());
  expect(modeOf(data)).toBe(0o755);
});

import { existsSync, mkdtempSync, rmSync, type Stats, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSourceMemory } from './source-memory.ts';

const digest = { sha256: 'a'.repeat(64), words: ['X_TOKEN'] };
let folder: string;
let memory: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-memory-'));
  memory = join(folder, 'memory.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** How a file looks that was made long ago. */
function oldFile(name: string): Stats {
  const path = join(folder, name);
  writeFileSync(path, name);
  utimesSync(path, 1, 1);
  return Object.assign(statSync(path), { ctimeMs: 1000 });
}

async function remember(stats: Readonly<Record<string, Stats>>): Promise<void> {
  const opened = await openSourceMemory(memory);
  for (const [path, each] of Object.entries(stats)) opened.remember(path, each, digest);
  await opened.save();
}

async function recall(stats: Readonly<Record<string, Stats>>): Promise<unknown[]> {
  const opened = await openSourceMemory(memory);
  const found = Object.entries(stats).map(([path, each]) => opened.recall(path, each));
  await opened.save();
  return found;
}

test('what was remembered is known as long as the file looks the same', async () => {
  const [a, b] = [oldFile('a'), oldFile('b')];
  await remember({ a, b });
  expect(await recall({ a, b: Object.assign({}, b, { size: 2 }) })).toEqual([digest, undefined]);
});

test('the memory is written again only where it would say something else', async () => {
  const [a, b] = [oldFile('a'), oldFile('b')];
  await remember({ a, b });
  const { ino } = statSync(memory);
  await recall({ a, b });
  expect(statSync(memory).ino).toBe(ino);
  await recall({ a }); // b is no more
  expect(await recall({ a, b })).toEqual([digest, undefined]);
});

test('a file that has just changed is not remembered', async () => {
  const path = join(folder, 'new');
  writeFileSync(path, 'new');
  await remember({ new: statSync(path) });
  expect(existsSync(memory)).toBe(false);
});

test.each(['', '{"version":1,"files":[["a",[1,2]]]}', '{"version":2,"files":[]}', '[]', '\0'])(
  'a damaged memory is as good as none: %j',
  async (damage) => {
    const a = oldFile('a');
    writeFileSync(memory, damage);
    expect(await recall({ a })).toEqual([undefined]);
    await remember({ a });
    expect(await recall({ a })).toEqual([digest]);
  },
);

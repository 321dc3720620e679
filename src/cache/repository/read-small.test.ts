import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openStored } from './open-stored.ts';
import { readSmall } from './read-small.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-read-small-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, sizeBytes: number): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.alloc(sizeBytes, name));
  return path;
}

async function contentOf(path: string): Promise<Buffer | undefined> {
  await using stored = await openStored(path, { smallAtOnce: true });
  if (stored === undefined) return undefined;
  const pieces: Buffer[] = [];
  for await (const piece of stored) pieces.push(Buffer.from(piece));
  expect(stored.sizeBytes).toBe(Buffer.concat(pieces).length);
  return Buffer.concat(pieces);
}

test.each([0, 1, 128 * 1024])('a file of %i bytes is read whole', async (sizeBytes) => {
  const path = file(`small-${sizeBytes}`, sizeBytes);
  expect(readSmall(path)).toEqual(Buffer.alloc(sizeBytes, `small-${sizeBytes}`));
  expect(await contentOf(path)).toEqual(readSmall(path));
});

test('a larger file is left to be read in pieces', async () => {
  const path = file('large', 128 * 1024 + 1);
  expect(readSmall(path)).toBe('large');
  expect(await contentOf(path)).toEqual(Buffer.alloc(128 * 1024 + 1, 'large'));
});

test('what is no file is not there, and nothing is waited for', () => {
  const [link, pipe] = [join(folder, 'link'), join(folder, 'pipe')];
  symlinkSync(file('target', 3), link);
  execFileSync('mkfifo', [pipe]);
  for (const path of [link, pipe, folder, join(folder, 'absent'), join(link, 'below')])
    expect(readSmall(path)).toBeUndefined();
});

test('another error is not taken for absence', () => {
  expect(() => readSmall(join(folder, 'x'.repeat(300)))).toThrow('ENAMETOOLONG');
});

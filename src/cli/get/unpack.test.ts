import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { packItems } from '../../archive/index.ts';
import { archiveFor, unpack } from './unpack.ts';

const ITEMS = [
  { type: 'folder', name: 'output' },
  { type: 'file', name: 'output/a', content: 'a' },
] as const;

/** A folder with an archive that is fetched, and what unpacks it there. */
async function createRig() {
  const root = mkdtempSync(join(tmpdir(), 'slipway-unpack-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const folder = join(root, 'there');
  const file = archiveFor(folder);
  writeFileSync(file, await buffer(packItems([...ITEMS])));
  const unpackIt = (signal = new AbortController().signal): Promise<void> =>
    unpack({ file, folder, force: false, signal });
  return { folder, unpackIt, names: () => readdirSync(root) };
}

it('leaves the folder and nothing else', async () => {
  const { folder, unpackIt, names } = await createRig();
  await unpackIt();
  expect(names()).toEqual(['there']);
  expect(readFileSync(join(folder, 'output/a'), 'utf8')).toBe('a');
});

it('leaves nothing where it is aborted', async () => {
  const { unpackIt, names } = await createRig();
  const reason = new Error('Ctrl-C');
  await expect(unpackIt(AbortSignal.abort(reason))).rejects.toThrow();
  expect(names()).toEqual([]);
});

it('leaves a folder alone that is not empty by then', async () => {
  const { folder, unpackIt, names } = await createRig();
  mkdirSync(join(folder, 'mine'), { recursive: true });
  await expect(unpackIt()).rejects.toThrow(`cannot make ${folder}: directory not empty`);
  expect(names()).toEqual(['there']);
  expect(readdirSync(folder)).toEqual(['mine']);
});

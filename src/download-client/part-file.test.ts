import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openPartFile, type PartFile } from './part-file.ts';
import type { FetchSource } from './source.ts';

const SOURCE: FetchSource = {
  name: 'a source',
  fileName: 'output.tar',
  sizeBytes: 3,
  version: 'one',
  hasRanges: true,
  async *read() {
    yield Buffer.from('abc');
  },
  async [Symbol.asyncDispose]() {},
};

it('is one for two that begin at once, and the other one is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-part-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const target = join(folder, 'output.tar');
  const open = (): Promise<PartFile> =>
    openPartFile({ target, source: SOURCE, replace: false, onNotice: () => {} });
  const outcomes = await Promise.allSettled([open(), open(), open()]);
  const parts = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(parts).toHaveLength(1);
  expect(refusals.map(String)).toEqual(
    Array(2).fill(`DownloadError: another process is fetching to ${target}.part`),
  );
  for (const part of parts) {
    await part.write(Buffer.from('abc'), 0);
    await part.finish({ replace: false });
    await part[Symbol.asyncDispose]();
  }
  expect(readdirSync(folder)).toEqual(['output.tar']);
  // What was had by one is free again: the next one sees what that one left, and leaves nothing itself.
  await expect(open()).rejects.toMatchObject({ code: 'FILE_EXISTS' });
  expect(readdirSync(folder)).toEqual(['output.tar']);
});

it.each(['remove', 'finish'] as const)('%s leaves no state of a save that goes on', async (what) => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-part-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const target = join(folder, 'output.tar');
  await using part = await openPartFile({ target, source: SOURCE, replace: false, onNotice: () => {} });
  await part.write(Buffer.from('abc'), 0);
  const saving = part.save();
  await (what === 'remove' ? part.remove() : part.finish({ replace: false }));
  await saving;
  expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toEqual([]);
});

import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { leftRunLogs, removeRunLogs } from './remove-run-logs.ts';

const OLD_SECONDS = 1_700_000_000;

/** A folder with the logs of runs; those of `fresh` were written just now. */
function folderOf(runIds: readonly string[], fresh: readonly string[] = []): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-run-logs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const runId of runIds) {
    const file = join(folder, runId, 'log.log');
    mkdirSync(join(folder, runId));
    writeFileSync(file, 'text');
    if (fresh.includes(runId)) continue;
    for (const path of [file, join(folder, runId)]) utimesSync(path, OLD_SECONDS, OLD_SECONDS);
  }
  return folder;
}

it('removes the logs of a run, again too, and of nothing that is no run', async () => {
  const folder = folderOf(['a', 'b']);
  for (const runId of ['a', 'a', 'never', '..', '../b', '', '.']) await removeRunLogs(folder, runId);
  expect([existsSync(join(folder, 'a')), existsSync(join(folder, 'b/log.log'))]).toEqual([false, true]);
});

it('finds logs whose run has no record, but for those that were written lately', async () => {
  const folder = folderOf(['recorded', 'left', 'begun'], ['begun']);
  mkdirSync(join(folder, 'begins-now'));
  writeFileSync(join(folder, 'a file'), '');
  const found = [];
  const hasRecord = async (runId: string): Promise<boolean> => runId === 'recorded';
  const before = (OLD_SECONDS + 60) * 1000;
  for await (const each of leftRunLogs(folder, { hasRecord, before })) found.push(each);
  expect(found).toEqual([{ runId: 'left', sizeBytes: 4 }]);
});

it('finds nothing where there is no folder', async () => {
  const left = leftRunLogs('/nonexistent/run-logs', { hasRecord: async () => false, before: 0 });
  expect((await left.next()).done).toBe(true);
});

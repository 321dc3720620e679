import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSafeId, unless } from '../../kernel/index.ts';

/** Removes what is kept of a run beside its record; what is not there is no error. */
export async function removeRunLogs(folder: string, runId: string): Promise<void> {
  if (isSafeId(runId)) await rm(join(folder, runId), { recursive: true, force: true });
}

export interface LeftRunLogsOptions {
  readonly hasRecord: (runId: string) => Promise<boolean>;
  /** Logs that were written to after this moment are left alone: their record may be on its way. Milliseconds since the epoch. */
  readonly before: number;
}

/** Runs of which there are logs here and no record any more: the removal of both was cut in between. */
export async function* leftRunLogs(
  folder: string,
  { hasRecord, before }: LeftRunLogsOptions,
): AsyncGenerator<{ readonly runId: string; readonly sizeBytes: number }> {
  for (const runId of (await unless(['ENOENT'], readdir(folder))) ?? []) {
    if (!isSafeId(runId)) continue;
    const own = join(folder, runId);
    // The folder too: that of a run which begins right now has nothing in it yet.
    const files = (await unless(['ENOENT', 'ENOTDIR'], readdir(own))) ?? [];
    const paths = [own, ...files.map((name) => join(own, name))];
    const stats = await Promise.all(paths.map(async (path) => await unless(['ENOENT'], stat(path))));
    if (stats.some((found) => (found?.mtimeMs ?? 0) >= before) || (await hasRecord(runId))) continue;
    yield { runId, sizeBytes: stats.slice(1).reduce((sum, found) => sum + (found?.size ?? 0), 0) };
  }
}

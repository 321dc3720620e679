import { leftRunLogs, openRunCatalog, type Removal, removeRunLogs } from '../../artifacts/index.ts';
import type { ObjectStore } from '../../store/index.ts';
import type { CommandContext } from '../command.ts';
import { runLogsFolder } from '../open-stores.ts';

export interface CollectRunLogsOptions {
  /** The data folder's store. */
  readonly store: ObjectStore;
  readonly dryRun: boolean;
}

/** Logs of runs go with their records. */
export async function removeLogsOf(context: CommandContext, { what, name }: Removal): Promise<void> {
  if (what === 'run') await removeRunLogs(await runLogsFolder(context), name);
}

const DAY_MS = 24 * 60 * 60_000;

/** Removes logs that were left of runs that are gone, and says each. */
export async function* collectRunLogs(
  context: CommandContext,
  { store, dryRun }: CollectRunLogsOptions,
): AsyncGenerator<Removal> {
  const folder = await runLogsFolder(context);
  const catalog = openRunCatalog(store);
  const known = new Set(await catalog.idsThatBegin(''));
  const left = leftRunLogs(folder, {
    hasRecord: async (runId) => known.has(runId),
    before: Date.now() - DAY_MS,
  });
  for await (const { runId, sizeBytes } of left) {
    if (!dryRun) await removeRunLogs(folder, runId);
    yield {
      what: 'leftover',
      name: `run-logs/${runId}`,
      reason: 'no run has it',
      objects: 1,
      freedBytes: sizeBytes,
    };
  }
}

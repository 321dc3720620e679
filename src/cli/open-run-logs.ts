import { openRunCatalog, type RunRecord } from '../artifacts/index.ts';
import { isGone } from '../kernel/index.ts';
import { type LogReader, ReadFolderLogs } from '../logs/index.ts';
import type { CommandContext } from './command.ts';
import type { KeptStores } from './kept-stores.ts';
import { runLogsFolder } from './open-stores.ts';

/** A run that is recorded as ended has written the end of its log by then, wherever it ran. */
const LATE_MS = 30_000;

/** Opens the logs of runs of this machine for reading: runs are other processes, which may be killed. */
export async function openRunLogs(
  context: CommandContext,
  kept: Pick<KeptStores, 'data'>,
): Promise<LogReader> {
  const catalog = openRunCatalog(kept.data);
  const isOver = async (name: string): Promise<boolean> => {
    const record = await catalog.get(name.split('/', 1)[0] ?? '');
    return record === undefined || isLeft(record);
  };
  return new ReadFolderLogs({ folder: await runLogsFolder(context), isOver });
}

const isLeft = ({ owner, finishedAt }: RunRecord): boolean =>
  isGone(owner) || (finishedAt !== undefined && finishedAt + LATE_MS < Date.now());

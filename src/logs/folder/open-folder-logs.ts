import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { withCheckedNames } from '../checked-names.ts';
import type { LogStore } from '../log-store.ts';
import { FolderLogs } from './folder-logs.ts';
import { logFailure } from './log-failure.ts';

export interface FolderLogsOptions {
  /** Made (0700) where it is missing. One process at a time has it open. */
  readonly folder: string;
  /** How large a log may become, in bytes. @defaultValue 2 GiB */
  readonly limitBytes?: number;
  /** How many of its files may be open at a time. @defaultValue 256 */
  readonly maxOpenFiles?: number;
}

const LIMIT_BYTES = 2 * 1024 ** 3;
const MAX_OPEN_FILES = 256; // what is done with one takes microseconds: more would only wait for the disk

/**
 * Logs as files of a folder, for one server. What was appended survives the end of the process, not that of the machine:
 * nobody waits for the disk, and what counts of a run is stored as an artifact. Throws `LogError`.
 */
export async function openFolderLogs(options: FolderLogsOptions): Promise<LogStore> {
  const { folder, limitBytes = LIMIT_BYTES, maxOpenFiles = MAX_OPEN_FILES } = options;
  const root = resolve(folder);
  await mkdir(root, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw logFailure(`make the folder of logs ${root}`, cause);
  });
  return withCheckedNames(new FolderLogs({ root, limitBytes, maxOpenFiles }));
}

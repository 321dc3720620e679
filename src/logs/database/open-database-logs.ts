import type { Database } from '../../database/index.ts';
import { withCheckedNames } from '../checked-names.ts';
import type { LogStore } from '../log-store.ts';
import { DatabaseLogs } from './database-logs.ts';

export interface DatabaseLogsOptions {
  /** Opened with `LOG_MIGRATIONS` among its migrations; it stays open. */
  readonly database: Database;
  /** How large a log may become, in bytes. @defaultValue 256 MiB */
  readonly limitBytes?: number;
  /**
   * What comes within so many milliseconds after something was written of a log is written together; what comes after a pause
   * is written at once. @defaultValue 20
   */
  readonly gatherMs?: number;
  /** Milliseconds since the epoch. @defaultValue the clock */
  readonly now?: () => number;
}

// Logs go when an artifact has taken their place: a database holds those of the tasks that run, and nothing of a fleet's past.
const LIMIT_BYTES = 256 * 1024 * 1024;
// Fifty statements a second for each log that grows all the time.
const GATHER_MS = 20;

/** Logs in a database, for servers that share it: written to one of them, and followed at any. */
export function openDatabaseLogs(options: DatabaseLogsOptions): LogStore {
  const { database, limitBytes = LIMIT_BYTES, gatherMs = GATHER_MS, now = Date.now } = options;
  return withCheckedNames(new DatabaseLogs({ database, limitBytes, gatherMs, now }));
}

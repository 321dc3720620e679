import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeCopy } from '../backup/index.ts';
import { BUILDER_MIGRATIONS } from '../builder/index.ts';
import { type Database, DatabaseError, openDatabase } from '../database/index.ts';
import { LOG_MIGRATIONS, type LogStore, openDatabaseLogs, openFolderLogs } from '../logs/index.ts';
import { USAGE_MIGRATIONS } from '../page/index.ts';
import { QUEUE_SERVER_MIGRATIONS } from '../queue/index.ts';
import type { ServerLogger } from '../server/index.ts';
import { CommandError } from './command-error.ts';
import { claimDataFolder, claimed, type HeldClaim, liveClaim } from './data-claim.ts';
import { onFiles } from './file-error.ts';
import type { ServerSettings } from './queue-settings.ts';

/** What the queue and the image builder of a server have together. */
export interface ServerParts {
  readonly database: Database;
  /** Where logs grow. */
  readonly logs: LogStore;
  /** On the data folder. */
  readonly claim: HeldClaim;
}

/** What opening them takes. */
export interface OpenParts {
  /** Takes what is to be closed after it. */
  readonly opened: AsyncDisposableStack;
  readonly logger: ServerLogger;
  /** Ends the wait for a database that does not answer. */
  readonly stopping: AbortSignal;
}

/** Opens database and logs of a server. Throws `CommandError`, `DatabaseError`, and the reason of `stopping`. */
export async function openServerParts(
  settings: ServerSettings,
  { opened, logger, stopping }: OpenParts,
): Promise<ServerParts> {
  const database = opened.use(await openPatiently(settings, logger, stopping));
  const folder = dirname(settings.folder);
  const claim = opened.use(await onFiles(`claim the data folder ${folder}`, () => claimDataFolder(folder)));
  const logs = opened.use(await openLogs(database, settings));
  return { database, logs, claim };
}

const SILENT_MS = 2000;

/** A database that does not answer is waited for: who has started the server is not left to guess why nothing happens. */
async function openPatiently(
  settings: ServerSettings,
  logger: ServerLogger,
  stopping: AbortSignal,
): Promise<Database> {
  if (settings.database.type === 'sqlite') return await openServerDatabase(settings, stopping);
  const late = setTimeout(() => logger.warn('the database does not answer yet: waiting for it'), SILENT_MS);
  try {
    return await openServerDatabase(settings, stopping);
  } finally {
    clearTimeout(late);
  }
}

/** Of all that a server keeps. Usage follows changes of tables that are made before its own. */
export const MIGRATIONS = [
  ...QUEUE_SERVER_MIGRATIONS,
  ...LOG_MIGRATIONS,
  ...BUILDER_MIGRATIONS,
  ...USAGE_MIGRATIONS,
];

async function openServerDatabase(
  { database: location, folder }: ServerSettings,
  signal: AbortSignal,
): Promise<Database> {
  await onFiles(`make the folder of the queue ${folder}`, () =>
    mkdir(folder, { recursive: true, mode: 0o700 }),
  );
  try {
    const database = await openDatabase({ location, migrations: MIGRATIONS, signal });
    // Nobody else takes a backup of it now.
    await removeCopy(dirname(folder));
    return database;
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== 'LOCKED') throw error;
    const other = await liveClaim(dirname(folder));
    if (other !== undefined) throw claimed(dirname(folder), other);
    const hint =
      'Another server has this queue. Give this one another data folder, share a PostgreSQL database (--database-url), or have neither queue nor image builder here (--no-tasks --builder off).';
    throw new CommandError(error.message, hint);
  }
}

/** Where several servers share a database they share the logs in it; one server alone has files, which are quicker. */
const openLogs = async (database: Database, { folder }: ServerSettings): Promise<LogStore> =>
  database.kind === 'postgres'
    ? openDatabaseLogs({ database })
    : await openFolderLogs({ folder: join(folder, 'logs') });

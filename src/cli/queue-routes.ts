import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import { type Authenticate, type Client, openClients } from '../auth/index.ts';
import { type Database, DatabaseError, openDatabase } from '../database/index.ts';
import { LOG_MIGRATIONS, type LogStore, openDatabaseLogs, openFolderLogs } from '../logs/index.ts';
import { openQueueServer, QUEUE_SERVER_MIGRATIONS } from '../queue/index.ts';
import {
  createQueueMetrics,
  type HealthCheck,
  type ServerLogger,
  type ServerMetrics,
} from '../server/index.ts';
import type { ObjectStore } from '../store/index.ts';
import { CommandError } from './command-error.ts';
import { onFiles } from './file-error.ts';
import type { QueueSettings } from './queue-settings.ts';
import type { Announcement } from './serve-until-stopped.ts';
import { versionText } from './version.ts';

export interface QueueRoutesParts {
  /** Takes what is to be closed after the server. */
  readonly opened: AsyncDisposableStack;
  readonly logger: ServerLogger;
  readonly metrics: ServerMetrics;
  /** Aborts when the server begins to stop. */
  readonly stopping: AbortSignal;
  /** Where the bytes of artifacts go. */
  readonly store: ObjectStore;
}

export interface OpenedQueueRoutes {
  /** Tells who calls; other routes of the server may ask the same. */
  readonly authenticate: Authenticate;
  readonly routes: readonly FastifyPluginAsync[];
  readonly checks: readonly HealthCheck[];
  /** What is said of it in the log. */
  readonly facts: Announcement;
}

/** Opens the queue of a server. Throws `CommandError`, `DatabaseError`, `AccessFileError`. */
export async function openQueueRoutes(
  settings: QueueSettings,
  { opened, logger, metrics, stopping, store }: QueueRoutesParts,
): Promise<OpenedQueueRoutes> {
  const onError = (err: unknown): void => logger.error({ err }, 'trouble beside the requests of the queue');
  const database = opened.use(await openQueueDatabase(settings));
  const findClient = await openFindClient(settings, onError);
  const logs = opened.use(await openLogs(database, settings));
  const { meter, events, watch } = createQueueMetrics(metrics.registry);
  const { access, isLoopback, rootUrl, trustProxy, claimTimeoutMs } = settings;
  const { queue, routes, authenticate } = opened.use(
    await openQueueServer({
      database,
      store,
      logs,
      findClient,
      access,
      isLoopback,
      trustProxy,
      claimTimeoutMs,
      meter,
      events,
      downloads: metrics.downloads,
      version: versionText(),
      stopping,
      onError,
      ...(rootUrl !== undefined && { rootUrl }),
    }),
  );
  watch(queue);
  if (database.kind === 'postgres' && store.name.startsWith('the folder')) {
    logger.warn(
      { store: store.name },
      'artifacts go to a folder of this machine: servers that share a database need a store that they share',
    );
  }
  if (access === 'open' && !isLoopback) {
    logger.warn('the queue is open: whoever reaches this server may run what they want on its workers');
  }
  return {
    authenticate,
    routes,
    checks: [{ name: 'database', isWell: () => database.isWell() }],
    facts: { database: database.name, access, ...(rootUrl !== undefined && { rootUrl }) },
  };
}

async function openQueueDatabase({ database: location, folder }: QueueSettings): Promise<Database> {
  await onFiles(`make the folder of the queue ${folder}`, () =>
    mkdir(folder, { recursive: true, mode: 0o700 }),
  );
  try {
    return await openDatabase({ location, migrations: [...QUEUE_SERVER_MIGRATIONS, ...LOG_MIGRATIONS] });
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== 'LOCKED') throw error;
    const hint =
      'Another server has this queue. Give this one another data folder, share a PostgreSQL database (--database-url), or have no queue here (--no-tasks).';
    throw new CommandError(error.message, hint);
  }
}

async function openFindClient(
  { clientsFile }: QueueSettings,
  onError: (error: unknown) => void,
): Promise<(clientId: string) => Client | undefined> {
  if (clientsFile === undefined) return () => undefined;
  const { find } = await openClients(clientsFile, { onError });
  return find;
}

/** Where several servers share a database they share the logs in it; one server alone has files, which are quicker. */
const openLogs = async (database: Database, { folder }: QueueSettings): Promise<LogStore> =>
  database.kind === 'postgres'
    ? openDatabaseLogs({ database })
    : await openFolderLogs({ folder: join(folder, 'logs') });

import type { FastifyPluginAsync } from 'fastify';
import type { Authenticate, ServerKeys, Sessions } from '../auth/index.ts';
import type { StreamShares } from '../kernel/index.ts';
import { NOW_SERVICE, SESSION_SERVICE, USAGE_SERVICE } from '../page/index.ts';
import { baseUrlOf, openQueueServer, type Queue } from '../queue/index.ts';
import { createQueueMetrics, type ServerLogger, type ServerMetrics } from '../server/index.ts';
import type { ObjectStore } from '../store/index.ts';
import type { QueueSettings } from './queue-settings.ts';
import type { Announcement } from './serve-until-stopped.ts';
import type { FindClient } from './server-access.ts';
import type { ServerParts } from './server-parts.ts';
import { openUsageRoutes } from './usage-routes.ts';
import { versionText } from './version.ts';

export interface QueueRoutesParts extends ServerParts {
  /** Permanent clients by their id. */
  readonly findClient: FindClient;
  /** Those of the page. */
  readonly sessions: Sessions;
  /** Takes what is to be closed after the server. */
  readonly opened: AsyncDisposableStack;
  readonly logger: ServerLogger;
  readonly metrics: ServerMetrics;
  /** Aborts when the server begins to stop. */
  readonly stopping: AbortSignal;
  /** Where the bytes of artifacts go. */
  readonly store: ObjectStore;
  /** Where records of runs are. */
  readonly runs: ObjectStore;
  /** Of streams. */
  readonly shares: StreamShares;
}

export interface OpenedQueueRoutes {
  readonly queue: Queue;
  /** Tells who calls; other routes of the server may ask the same. */
  readonly authenticate: Authenticate;
  /** What the server signs with. */
  readonly keys: ServerKeys;
  readonly routes: readonly FastifyPluginAsync[];
  /** What is said of it in the log. */
  readonly facts: Announcement;
}

/** Opens the queue of a server. Throws `DatabaseError`. */
export async function openQueueRoutes(
  settings: QueueSettings,
  {
    database,
    logs,
    findClient,
    sessions,
    opened,
    logger,
    metrics,
    stopping,
    store,
    runs,
    shares,
  }: QueueRoutesParts,
): Promise<OpenedQueueRoutes> {
  const onError = (err: unknown): void => logger.error({ err }, 'trouble beside the requests of the queue');
  const { meter, events, watch } = createQueueMetrics(metrics.registry);
  const { access, isLoopback, rootUrl, trustProxy, claimTimeoutMs } = settings;
  const { queue, routes, authenticate, keys } = opened.use(
    await openQueueServer({
      database,
      store,
      logs,
      findClient,
      sessions,
      access,
      isLoopback,
      trustProxy,
      claimTimeoutMs,
      meter,
      events,
      downloads: metrics.downloads,
      shares,
      version: versionText(),
      stopping,
      onError,
      alsoDescribes: [USAGE_SERVICE, NOW_SERVICE, SESSION_SERVICE],
      ...(rootUrl !== undefined && { rootUrl }),
    }),
  );
  watch(queue);
  const usage = openUsageRoutes({
    database,
    runs,
    opened,
    logger,
    metrics,
    authenticate,
    stopping,
    baseUrlOf: baseUrlOf({ trustProxy, ...(rootUrl !== undefined && { rootUrl }) }),
  });
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
    queue,
    authenticate,
    keys,
    routes: [...routes, usage],
    facts: { database: database.name, access, ...(rootUrl !== undefined && { rootUrl }) },
  };
}

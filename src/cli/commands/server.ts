import { createRemovalGate, gatedLogs, gatedStore } from '../../backup/index.ts';
import { repositorySizes, serveRepository } from '../../cache/index.ts';
import { createStreamShares } from '../../kernel/index.ts';
import {
  CACHE_BASES,
  cacheRoutes,
  createCacheMeter,
  createServerMetrics,
  objectsAtOnce,
  watchCacheSize,
} from '../../server/index.ts';
import { serverBackupRoutes } from '../backup/server-backup.ts';
import { openBuilderOf } from '../builder-routes.ts';
import { type BuilderSettings, readBuilderSettings } from '../builder-settings.ts';
import type { CommandContext } from '../command.ts';
import { configuredContext } from '../configured-context.ts';
import { openDownloadRoutes, podFacts } from '../download-routes.ts';
import { readDownloadSettings } from '../download-settings.ts';
import { openKeptStores } from '../kept-stores.ts';
import { openNowRoutes } from '../now-routes.ts';
import { openServedRepository } from '../open-served-repository.ts';
import { openPageFiles } from '../page-files.ts';
import { openQueueRoutes } from '../queue-routes.ts';
import { readQueueSettings, readServerSettings } from '../queue-settings.ts';
import { serveUntilStopped } from '../serve-until-stopped.ts';
import { openServerAccess, openServerClients } from '../server-access.ts';
import { serverGreeting } from '../server-greeting.ts';
import { openServerParts } from '../server-parts.ts';
import { variableWarnings } from '../strange-variables.ts';
import { besideServer } from '../with-worker/worker-beside.ts';
import { readBesideWorker } from '../with-worker/worker-settings.ts';

/** `slipway server`: the artifact cache, what runs produced, the queue, and the image builder. */
export async function server(given: CommandContext): Promise<number> {
  const context = await configuredContext(given, 'server');
  const settings = readDownloadSettings(context, { lowestPort: 0 });
  const serverSettings = readServerSettings(context, settings.host);
  const queueSettings = readQueueSettings(context, serverSettings);
  const builderSettings = builderOf(context, queueSettings !== undefined);
  const workerSettings = readBesideWorker(context, queueSettings !== undefined, given.flags);
  await using repository = await openServedRepository(context);
  await using kept = await openKeptStores(context);
  return await serveUntilStopped(context, settings, async (opened, logger, stopping, telemetry) => {
    for (const warning of variableWarnings(context.environment)) logger.warn(warning);
    const metrics = createServerMetrics();
    const served = await serveRepository(repository, { now: Date.now });
    const meter = createCacheMeter(metrics.registry);
    const sizes = repositorySizes(repository, Date.now);
    watchCacheSize(metrics.registry, sizes);
    const gate = createRemovalGate();
    const store = gatedStore(kept.all.at(-1) ?? kept.data, gate);
    const hasParts = queueSettings !== undefined || builderSettings !== undefined;
    const findClient = await openServerClients(serverSettings, context, logger);
    const parts = hasParts ? await openServerParts(serverSettings, { opened, logger, stopping }) : undefined;
    const access = await openServerAccess(serverSettings, {
      findClient,
      database: parts?.database,
      stopping,
      logger,
    });
    const { authenticate, mayReadRuns, sessions } = access;
    const book = opened.use(access.book);
    const { clientsFile } = serverSettings;
    const shares = createStreamShares({ trustProxy: serverSettings.trustProxy });
    const secrets = [clientsFile];
    const downloadParts = { opened, logger, metrics, kept, stopping, shares, mayReadRuns, secrets };
    const downloads = await openDownloadRoutes(context, settings, downloadParts);
    const shared = parts && {
      ...parts,
      logs: gatedLogs(parts.logs, gate),
      findClient,
      authenticate,
      sessions,
    };
    const queue =
      queueSettings &&
      shared &&
      (await openQueueRoutes(queueSettings, {
        ...shared,
        opened,
        logger,
        metrics,
        stopping,
        store,
        runs: kept.data,
        shares,
      }));
    const builder =
      builderSettings &&
      shared &&
      (await openBuilderOf(builderSettings, {
        ...shared,
        context,
        opened,
        logger,
        metrics,
        stopping,
        server: serverSettings,
        runs: kept.data,
        telemetry,
      }));
    // Without a queue nobody can sign in.
    const page = queue ? openPageFiles(logger) : [];
    const now = await openNowRoutes({
      ...{ context, opened, logger, stopping, authenticate, book, repository, sizes, totals: meter.totals },
      ...{
        shares,
        settings: serverSettings,
        queue: queue?.queue,
        builder: builder?.builder,
        runs: kept.data,
      },
    });
    // What has no queue only gives: nobody becomes more than a reader because a proxy is before it.
    const known = queue === undefined ? {} : { authenticate, uploads: { authenticate } };
    const cache = cacheRoutes({ served, meter, now: Date.now, ...known });
    return {
      what: `the artifact cache${queue ? ', the queue' : ''}${builder ? ', the image builder' : ''} and downloads`,
      // The repository is at `/` too, and takes what nobody else does.
      routes: [
        ...(queue?.routes ?? []),
        ...(builder?.routes ?? []),
        access.routes,
        serverBackupRoutes(context, {
          ...{ kept, repository, gate, authenticate, stopping, clientsFile },
          database: parts?.database,
        }),
        now,
        cache,
        ...downloads.routes,
        ...page,
      ],
      metrics,
      trustProxy: serverSettings.trustProxy,
      refuseScrape: access.refuseScrape,
      ...access.names,
      atOnce: objectsAtOnce({ served, meter, metrics }),
      checks: [
        { name: 'artifact-cache', isWell: () => served.isReadable() },
        ...(shared ? [{ name: 'database', isWell: () => shared.database.isWell() }] : []),
        ...(builder?.checks ?? []),
      ],
      onListening: async (url) => await parts?.claim.tellAddress(serverSettings.rootUrl ?? url),
      ...(queue && workerSettings && besideServer(context, { settings: workerSettings, queue, logger })),
      ...(page.length > 0 && { greet: (url: string) => serverGreeting(serverSettings, url) }),
      announce: (url) => ({
        cache: repository.folder,
        pullUrl: `${url}${CACHE_BASES[0]}/`,
        runs: `${url}/runs`,
        ...queue?.facts,
        ...builder?.facts,
        ...downloads.facts,
        ...podFacts(context),
      }),
    };
  });
}

/** Without a queue a server needs no database, unless somebody wants to build images. */
function builderOf(context: CommandContext, hasQueue: boolean): BuilderSettings | undefined {
  const settings = readBuilderSettings(context);
  return hasQueue || settings?.isConfigured ? settings : undefined;
}

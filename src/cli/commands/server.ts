import { createRemovalGate, gatedLogs, gatedStore } from '../../backup/index.ts';
import { repositorySizes, serveRepository } from '../../cache/index.ts';
import { createStreamShares } from '../../kernel/index.ts';
import {
  CACHE_BASES,
  cacheRoutes,
  createCacheMeter,
  createServerMetrics,
  objectsAtOnce,
  type ServerLogger,
  watchCacheSize,
} from '../../server/index.ts';
import type { Telemetry } from '../../telemetry/index.ts';
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
import { type ServedParts, serveUntilStopped } from '../serve-until-stopped.ts';
import { openServerAccess, openServerClients } from '../server-access.ts';
import { serverGreeting } from '../server-greeting.ts';
import { openServerParts } from '../server-parts.ts';
import { variableWarnings } from '../strange-variables.ts';
import { besideServer } from '../with-worker/worker-beside.ts';
import { readBesideWorker } from '../with-worker/worker-settings.ts';

/** `slipway server`: the artifact cache, what runs produced, the queue, and the image builder. */
export async function server(given: CommandContext): Promise<number> {
  const context = await configuredContext(given, 'server');
  const settings = readSettings(context, given.flags);
  await using repository = await openServedRepository(context);
  await using kept = await openKeptStores(context);
  return await serveUntilStopped(context, settings.download, async (opened, logger, stopping, telemetry) => {
    for (const warning of variableWarnings(context.environment)) logger.warn(warning);
    const start: Start = { context, settings, repository, kept, opened, logger, stopping, telemetry };
    const shared = await openShared(start);
    return served(start, shared, await openCapabilities(start, shared));
  });
}

type Settings = ReturnType<typeof readSettings>;

function readSettings(context: CommandContext, ownFlags: CommandContext['flags']) {
  const download = readDownloadSettings(context, { lowestPort: 0 });
  const all = readServerSettings(context, download.host);
  const queue = readQueueSettings(context, all);
  const builder = builderOf(context, queue !== undefined);
  return { download, all, queue, builder, worker: readBesideWorker(context, queue !== undefined, ownFlags) };
}

/** What a server starts with. */
interface Start {
  readonly context: CommandContext;
  readonly settings: Settings;
  readonly repository: Awaited<ReturnType<typeof openServedRepository>>;
  readonly kept: Awaited<ReturnType<typeof openKeptStores>>;
  readonly opened: AsyncDisposableStack;
  readonly logger: ServerLogger;
  readonly stopping: AbortSignal;
  readonly telemetry: Telemetry;
}

/** What the capabilities of a server have together. */
type Shared = Awaited<ReturnType<typeof openShared>>;

async function openShared({ context, settings, repository, kept, opened, logger, stopping }: Start) {
  const metrics = createServerMetrics();
  const cache = await serveRepository(repository, { now: Date.now });
  const meter = createCacheMeter(metrics.registry);
  const sizes = repositorySizes(repository, Date.now);
  watchCacheSize(metrics.registry, sizes);
  const gate = createRemovalGate();
  const store = gatedStore(kept.all.at(-1) ?? kept.data, gate);
  const hasParts = settings.queue !== undefined || settings.builder !== undefined;
  const parts = hasParts ? await openServerParts(settings.all, { opened, logger, stopping }) : undefined;
  // By who has the folder: another server that is refused makes no clients, and shows nobody their token.
  const findClient = await openServerClients(settings.all, context, logger);
  const database = parts?.database;
  const access = await openServerAccess(settings.all, { findClient, database, stopping, logger });
  opened.use(access.book);
  const shares = createStreamShares({ trustProxy: settings.all.trustProxy });
  return { metrics, cache, meter, sizes, gate, store, findClient, parts, access, shares };
}

type Capabilities = Awaited<ReturnType<typeof openCapabilities>>;

async function openCapabilities(start: Start, shared: Shared) {
  const { context, settings, repository, kept, opened, logger, stopping, telemetry } = start;
  const { metrics, shares, parts, gate, findClient, access } = shared;
  const { authenticate, mayReadRuns, sessions, book } = access;
  const common = { opened, logger, metrics, stopping };
  const secrets = [settings.all.clientsFile];
  const downloads = await openDownloadRoutes(context, settings.download, {
    ...{ ...common, kept, shares, mayReadRuns, secrets },
  });
  const tasks = parts && {
    ...{ ...common, ...parts, logs: gatedLogs(parts.logs, gate), findClient, authenticate, sessions },
    runs: kept.data,
  };
  const queue =
    settings.queue &&
    tasks &&
    (await openQueueRoutes(settings.queue, { ...tasks, store: shared.store, shares }));
  const builder =
    settings.builder &&
    tasks &&
    (await openBuilderOf(settings.builder, { ...tasks, context, server: settings.all, telemetry }));
  // Without a queue nobody can sign in.
  const page = queue ? openPageFiles(logger) : [];
  const now = await openNowRoutes({
    ...{ context, opened, logger, stopping, authenticate, book, repository, shares, runs: kept.data },
    ...{ sizes: shared.sizes, totals: shared.meter.totals, settings: settings.all },
    ...{ queue: queue?.queue, builder: builder?.builder },
  });
  return { downloads, queue, builder, page, now };
}

function served(start: Start, shared: Shared, capabilities: Capabilities): ServedParts {
  const { context, settings, repository, kept, logger, stopping } = start;
  const { metrics, cache, meter, gate, parts, access } = shared;
  const { downloads, queue, builder, page, now } = capabilities;
  const { authenticate } = access;
  const { clientsFile, rootUrl, trustProxy } = settings.all;
  // What has no queue only gives: nobody becomes more than a reader because a proxy is before it.
  const known = queue === undefined ? {} : { authenticate, uploads: { authenticate } };
  const backup = { kept, repository, gate, authenticate, stopping, clientsFile, database: parts?.database };
  return {
    what: `the artifact cache${queue ? ', the queue' : ''}${builder ? ', the image builder' : ''} and downloads`,
    // The page before all others: how it is told apart would have the router lay out anew what is there already. The repository
    // is at `/` too, and takes what nobody else does.
    routes: [
      ...page,
      ...(queue?.routes ?? []),
      ...(builder?.routes ?? []),
      access.routes,
      serverBackupRoutes(context, backup),
      now,
      cacheRoutes({ served: cache, meter, now: Date.now, ...known }),
      ...downloads.routes,
    ],
    ...{ metrics, trustProxy, refuseScrape: access.refuseScrape, ...access.names },
    atOnce: objectsAtOnce({ served: cache, meter, metrics }),
    checks: [
      { name: 'artifact-cache', isWell: () => cache.isReadable() },
      ...(parts ? [{ name: 'database', isWell: () => parts.database.isWell() }] : []),
      ...(builder?.checks ?? []),
    ],
    onListening: async (url) => await parts?.claim.tellAddress(rootUrl ?? url),
    ...(queue && settings.worker && besideServer(context, { settings: settings.worker, queue, logger })),
    ...(page.length > 0 && { greet: (url: string) => serverGreeting(settings.all, url) }),
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
}

/** Without a queue a server needs no database, unless somebody wants to build images. */
function builderOf(context: CommandContext, hasQueue: boolean): BuilderSettings | undefined {
  const settings = readBuilderSettings(context);
  return hasQueue || settings?.isConfigured ? settings : undefined;
}

import { resolve } from 'node:path';
import { openRepository, type Repository, repositorySizes, serveRepository } from '../../cache/index.ts';
import {
  CACHE_BASES,
  cacheRoutes,
  createCacheMeter,
  createServerMetrics,
  objectsAtOnce,
  watchCacheSize,
} from '../../server/index.ts';
import type { CommandContext } from '../command.ts';
import { configuredContext } from '../configured-context.ts';
import { openDownloadRoutes, podFacts } from '../download-routes.ts';
import { readDownloadSettings } from '../download-settings.ts';
import { openKeptStores } from '../kept-stores.ts';
import { openCache } from '../open-cache.ts';
import { openQueueRoutes } from '../queue-routes.ts';
import { readQueueSettings } from '../queue-settings.ts';
import { serveUntilStopped } from '../serve-until-stopped.ts';

/** `slipway server`: the artifact cache, what runs produced, and the queue. */
export async function server(given: CommandContext): Promise<number> {
  const context = await configuredContext(given, 'server');
  const settings = readDownloadSettings(context, { lowestPort: 0 });
  const queueSettings = readQueueSettings(context, settings.host);
  await using repository = await openServedRepository(context);
  await using kept = await openKeptStores(context);
  return await serveUntilStopped(context, settings, async (opened, logger, stopping) => {
    const metrics = createServerMetrics();
    const served = await serveRepository(repository, { now: Date.now });
    const meter = createCacheMeter(metrics.registry);
    watchCacheSize(metrics.registry, repositorySizes(repository, Date.now));
    const downloads = await openDownloadRoutes(context, settings, { opened, logger, metrics, kept });
    const store = kept.all.at(-1) ?? kept.data;
    const queue =
      queueSettings === undefined
        ? undefined
        : await openQueueRoutes(queueSettings, { opened, logger, metrics, stopping, store });
    const { authenticate } = queue ?? {};
    const known = authenticate === undefined ? {} : { authenticate, uploads: { authenticate } };
    const cache = cacheRoutes({ served, meter, now: Date.now, ...known });
    return {
      what: `the artifact cache${queue === undefined ? '' : ', the queue'} and downloads`,
      // The repository is at `/` too, and takes what nobody else does.
      routes: [...(queue?.routes ?? []), cache, ...downloads.routes],
      metrics,
      atOnce: objectsAtOnce({ served, meter, metrics }),
      checks: [{ name: 'artifact-cache', isWell: () => served.isReadable() }, ...(queue?.checks ?? [])],
      announce: (url) => ({
        cache: repository.folder,
        pullUrl: `${url}${CACHE_BASES[0]}/`,
        runs: `${url}/runs`,
        ...queue?.facts,
        ...downloads.facts,
        ...podFacts(context),
      }),
    };
  });
}

/** The one that `--repository` names, which has to be there, or this machine's own, which is made at its first use. */
async function openServedRepository(context: CommandContext): Promise<Repository> {
  const named = context.flags.text('repository');
  if (named !== undefined) return await openRepository(resolve(context.currentFolder, named));
  return (await openCache(context)).repository;
}

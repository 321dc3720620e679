import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import type { SessionBook } from '../auth/index.ts';
import type { Builder } from '../builder/index.ts';
import { createRefPages, type Repository, type RepositorySize } from '../cache/index.ts';
import type { StreamShares } from '../kernel/index.ts';
import { createEventStreams, NOW_SERVICE, openChanges } from '../page/index.ts';
import { baseUrlOf, type Queue, type ServiceRoutesOptions, serviceRoutes } from '../queue/index.ts';
import type { CacheTotals, ServerLogger } from '../server/index.ts';
import type { ObjectStore } from '../store/index.ts';
import type { CommandContext } from './command.ts';
import { dataStoreLocation } from './open-stores.ts';
import type { ServerSettings } from './queue-settings.ts';

export interface NowRoutesParts extends Pick<ServiceRoutesOptions<unknown>, 'authenticate' | 'stopping'> {
  readonly context: CommandContext;
  readonly settings: Pick<ServerSettings, 'rootUrl' | 'trustProxy'>;
  /** Takes what is to be closed after the server. */
  readonly opened: AsyncDisposableStack;
  readonly logger: ServerLogger;
  /** Who reads a stream of changes does so no longer than their session goes on. */
  readonly book: Pick<SessionBook, 'isEnded'>;
  readonly queue: Queue | undefined;
  readonly builder: Builder | undefined;
  /** The artifact cache. */
  readonly repository: Repository;
  readonly sizes: () => Promise<RepositorySize>;
  readonly totals: () => CacheTotals;
  /** Of streams. */
  readonly shares: StreamShares;
  /** This machine's records of runs. */
  readonly runs: ObjectStore;
}

/** Opens what tells pages how things are now, and what changes of them. */
export async function openNowRoutes(parts: NowRoutesParts): Promise<FastifyPluginAsync> {
  const {
    context,
    settings,
    opened,
    logger,
    book,
    queue,
    builder,
    repository,
    runs,
    authenticate,
    stopping,
  } = parts;
  const now = Date.now;
  const changes = opened.use(
    await openChanges({
      ...(queue !== undefined && { queue }),
      ...(builder !== undefined && { builder }),
      runs: { store: runs, folder: join((await dataStoreLocation(context)).folder, 'runs') },
      cacheFolder: repository.folder,
      onError: (err) =>
        logger.warn({ err }, 'what changes here is not seen: pages show it when they are loaded again'),
    }),
  );
  const { rootUrl, trustProxy } = settings;
  return serviceRoutes(NOW_SERVICE, {
    on: {
      changes,
      shares: parts.shares,
      streams: opened.use(createEventStreams({ now, stopping })),
      isEnded: book.isEnded,
      queue,
      cache: {
        sizes: notOftenerThan(SIZES_MS, parts.sizes),
        counts: parts.totals,
        since: now(),
        refs: createRefPages(repository),
      },
    },
    authenticate,
    baseUrlOf: baseUrlOf({ trustProxy, ...(rootUrl !== undefined && { rootUrl }) }),
    stopping,
    now,
    isBeside: queue !== undefined,
  });
}

/** Counting refs is half a second where there are 50,000: pages that look at the same time are told the same. */
const SIZES_MS = 2000;

function notOftenerThan<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let last: Promise<T> | undefined;
  let endedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (last !== undefined && performance.now() - endedAt < ms) return last;
    endedAt = Number.POSITIVE_INFINITY; // while it is read, all wait for it
    last = read().finally(() => {
      endedAt = performance.now();
    });
    last.catch(() => {
      last = undefined;
    });
    return last;
  };
}

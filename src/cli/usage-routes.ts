import type { FastifyPluginAsync } from 'fastify';
import { openRunCatalog } from '../artifacts/index.ts';
import type { Database } from '../database/index.ts';
import { openUsage, USAGE_SERVICE } from '../page/index.ts';
import { type ServiceRoutesOptions, serviceRoutes } from '../queue/index.ts';
import { createProjectMetrics, type ServerLogger, type ServerMetrics } from '../server/index.ts';
import type { ObjectStore } from '../store/index.ts';

export interface UsageRoutesParts
  extends Pick<ServiceRoutesOptions<unknown>, 'authenticate' | 'baseUrlOf' | 'stopping'> {
  readonly database: Database;
  /** Where records of runs are. */
  readonly runs: ObjectStore;
  /** Takes what is to be closed after the server. */
  readonly opened: AsyncDisposableStack;
  readonly logger: ServerLogger;
  readonly metrics: ServerMetrics;
}

/** Counts what runs, by project, and mounts what says so, beside Slipway's own routes. */
export function openUsageRoutes(parts: UsageRoutesParts): FastifyPluginAsync {
  const { database, runs, opened, logger, metrics, authenticate, baseUrlOf, stopping } = parts;
  const now = Date.now;
  const usage = opened.use(
    openUsage({
      database,
      runs: openRunCatalog(runs),
      onEnded: createProjectMetrics(metrics.registry),
      onError: (err) => logger.error({ err }, 'usage could not be counted'),
      now,
    }),
  );
  const on = { usage, now };
  return serviceRoutes(USAGE_SERVICE, { on, authenticate, baseUrlOf, stopping, now, isBeside: true });
}

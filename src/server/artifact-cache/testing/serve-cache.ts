import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { type Repository, serveRepository } from '../../../cache/index.ts';
import {
  cacheRoutes,
  createCacheMeter,
  createServerLogger,
  createServerMetrics,
  objectsAtOnce,
  type RunningServer,
  type ServerOptions,
  startServer,
} from '../../index.ts';
import type { CacheRoutesOptions } from '../routes.ts';

export interface ServedCache {
  readonly server: RunningServer;
  readonly url: string;
  /** Lines of the log. */
  readonly log: readonly string[];
  /** The metrics as they are scraped. */
  metrics(): Promise<string>;
}

/** Serves a repository until the test has finished. */
export async function serveCache(
  repository: Repository,
  options: Partial<Omit<CacheRoutesOptions, 'meter'>> = {},
  more: Partial<ServerOptions> = {},
): Promise<ServedCache> {
  const log: string[] = [];
  const metrics = createServerMetrics();
  const { now = Date.now } = options;
  const served = await serveRepository(repository, { now });
  const meter = createCacheMeter(metrics.registry);
  const routes = [cacheRoutes({ served, ...options, now, meter })];
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    routes,
    atOnce: objectsAtOnce({ served, meter, metrics }),
    logger: createServerLogger({ stream: { write: (line) => log.push(line) }, format: 'json', debug: false }),
    metrics,
    drainTimeoutMs: 10_000,
    ...more,
  });
  onTestFinished(async () => {
    await server.close(AbortSignal.abort());
  });
  return { server, url: server.url, log, metrics: () => metrics.registry.metrics() };
}

/** Bytes that nothing makes smaller, the same for the same seed. */
export function noise(sizeBytes: number, seed: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, i) =>
    createHash('sha256').update(`${seed} ${i}`).digest(),
  );
  return Buffer.concat(blocks, sizeBytes);
}

import type { FastifyPluginAsync } from 'fastify';
import type { SystemContext } from '../routes/system-methods.ts';
import { type ServiceRoutesOptions, serviceRoutes } from '../service/index.ts';
import { AUTH_SERVICE } from './auth-methods.ts';
import { OBJECT_SERVICE, type ObjectContext } from './objects/object-methods.ts';
import { PURGE_CACHE_SERVICE, type PurgeContext } from './purge-cache/purge-methods.ts';
import { INDEX_SERVICE, type IndexContext } from './task-index/index-methods.ts';

export interface NeighbourRoutesOptions
  extends Omit<ServiceRoutesOptions<SystemContext>, 'on'>,
    Omit<IndexContext, 'startedAt'>,
    Omit<PurgeContext, 'startedAt'>,
    Omit<ObjectContext, 'startedAt'> {}

/** The routes of what workers call beside the queue: the index, the purge cache, objects, and what scopes mean. */
export const neighbourRoutes =
  (options: NeighbourRoutesOptions): FastifyPluginAsync =>
  async (app) => {
    const on = { ...options, startedAt: options.now() };
    await app.register(serviceRoutes(INDEX_SERVICE, { ...options, on }));
    await app.register(serviceRoutes(PURGE_CACHE_SERVICE, { ...options, on }));
    await app.register(serviceRoutes(OBJECT_SERVICE, { ...options, on }));
    await app.register(serviceRoutes(AUTH_SERVICE, { ...options, on }));
  };

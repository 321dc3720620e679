import type { FastifyPluginAsync } from 'fastify';
import { type ContentRoutesOptions, mountContentRoutes } from '../content/content-routes.ts';
import { type Described, serviceRoutes } from '../service/index.ts';
import { type LogRoutesOptions, mountLogRoutes } from './log-routes.ts';
import { OWN_SERVICE, type OwnContext } from './own-service.ts';

export interface OwnRoutesOptions extends LogRoutesOptions, ContentRoutesOptions, OwnContext {
  /** Services of others with the same base. */
  readonly alsoDescribes?: readonly Described[];
}

/** Where Slipway's own routes are, beside those of the contract. */
export const OWN_BASE = '/api/slipway/v1';

/**
 * Slipway's own routes, below `/api/slipway/v1`: which program this is, waiting for the end of a run, lists of tasks, live logs,
 * and the bytes of artifacts. `docs/contracts/slipway-api.md` has them all.
 */
export const ownRoutes =
  (options: OwnRoutesOptions): FastifyPluginAsync =>
  async (app) => {
    await app.register(serviceRoutes(OWN_SERVICE, { ...options, on: options }));
    await app.register(
      (scope, _nothing, done) => {
        // Bodies are streams, read by those who take them.
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser('*', (_request, _body, parsed) => parsed(null));
        mountLogRoutes(scope, options);
        mountContentRoutes(scope, options);
        done();
      },
      { prefix: OWN_BASE },
    );
  };

import type { FastifyPluginAsync } from 'fastify';
import { openBuiltPage, pageRoutes } from '../page/index.ts';
import type { ServerLogger } from '../server/index.ts';

/** The routes of the web page's files; none where it was not built, which the log says. */
export function openPageFiles(logger: ServerLogger): readonly FastifyPluginAsync[] {
  const built = openBuiltPage();
  if (built !== undefined) return [pageRoutes(built)];
  logger.warn(
    'the web page is not built, so that only /runs has pages: run `sh scripts/setup-program` in the checkout',
  );
  return [];
}

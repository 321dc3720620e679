import type { FastifyPluginAsync } from 'fastify';
import type { BuilderRoutesOptions } from './builder-routes.ts';
import type { Catalog } from './catalog.ts';

export type { BuilderRoutesOptions } from './builder-routes.ts';

/** The image builder over HTTP; what describes and checks requests is loaded only now. See `builderRoutes`. */
export async function openBuilderRoutes(options: BuilderRoutesOptions): Promise<FastifyPluginAsync> {
  const { builderRoutes } = await import('./builder-routes.ts');
  return builderRoutes(options);
}

/** Reads a catalogue of images that may be extended, as `BUILDER_CATALOG_JSON` has it. Throws `Error`. */
export async function readCatalog(text: string): Promise<Catalog> {
  const { parseCatalog } = await import('./catalog.ts');
  return parseCatalog(text);
}

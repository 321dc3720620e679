import type { FastifyInstance } from 'fastify';
import type { ServerMetrics } from './metrics.ts';
import type { Stop } from './stop.ts';

/** `/healthz` and `/metrics`. */
export function mountOwnRoutes(app: FastifyInstance, { registry }: ServerMetrics, stop: Stop): void {
  app.get('/healthz', (_request, reply) => {
    const status = stop.hasBegun ? 'stopping' : 'ok';
    return reply
      .code(stop.hasBegun ? 503 : 200)
      .header('cache-control', 'no-store')
      .send({ status });
  });
  app.get('/metrics', async (_request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type(registry.contentType)
      .send(await registry.metrics()),
  );
}

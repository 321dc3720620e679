import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendError } from './answer-errors.ts';
import type { ErrorAnswer } from './error-table.ts';
import type { ServerMetrics } from './metrics.ts';

/** Whether something that a server needs is there; the name is for who asks. */
export interface HealthCheck {
  readonly name: string;
  readonly isWell: () => Promise<boolean>;
}

export interface OwnRoutesOptions {
  readonly metrics: ServerMetrics;
  /** Whether the server is to stop, or stops already. */
  readonly isLeaving: () => boolean;
  readonly checks: readonly HealthCheck[];
  readonly refuseScrape: RefuseScrape;
}

/** Says why who asks is given no metrics; `undefined`: they are. */
export type RefuseScrape = (request: FastifyRequest) => ErrorAnswer | undefined;

// A disk that hangs answers nothing at all.
const CHECK_TIMEOUT_MS = 5_000;

const QUIET = { config: { isQuiet: true, isProbe: true } };

/**
 * `/healthz`, which is `/readyz` as well: whether requests should come here. `/livez`: whether the process is to be left alone;
 * it says nothing of databases and stores, since to start it again would not bring those back, and it stays alive while it
 * stops. `/metrics`, to who may have them.
 */
export function mountOwnRoutes(
  app: FastifyInstance,
  { metrics, isLeaving, checks, refuseScrape }: OwnRoutesOptions,
): void {
  const answerHealth = async (_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const found = isLeaving() ? [] : await failing(checks);
    const ill = isLeaving() ? [] : found; // it may have been told so while it looked
    const status = isLeaving() ? 'stopping' : ill.length === 0 ? 'ok' : 'failing';
    return reply
      .code(status === 'ok' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status, ...(ill.length > 0 && { failing: ill }) });
  };
  app.get('/healthz', QUIET, answerHealth);
  app.get('/readyz', QUIET, answerHealth);
  app.get('/livez', QUIET, (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  const { registry } = metrics;
  app.get('/metrics', QUIET, async (request, reply) => {
    const refusal = refuseScrape(request);
    if (refusal !== undefined) return sendError(request, reply, refusal);
    return reply
      .header('cache-control', 'no-store')
      .type(registry.contentType)
      .send(await registry.metrics());
  });
}

async function failing(checks: readonly HealthCheck[]): Promise<string[]> {
  const found = await Promise.all(
    checks.map(async ({ name, isWell }) => ((await inTime(isWell())) ? [] : [name])),
  );
  return found.flat();
}

async function inTime(well: Promise<boolean>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), CHECK_TIMEOUT_MS);
  try {
    return await Promise.race([well.catch(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}

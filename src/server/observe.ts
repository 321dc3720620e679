import type { Server } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Telemetry } from '../telemetry/index.ts';
import type { ServerLogger } from './logger.ts';
import type { ServerMetrics } from './metrics.ts';
import { idsOf } from './request-ids.ts';
import { endTrace, traceRequest } from './trace-request.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It is asked so often that a line for each would bury the others: the log has them only with `--debug`. */
    isQuiet?: boolean;
    /** It is asked all the time and by no one person: nothing is traced of it. */
    isProbe?: boolean;
  }
}

/** The path without the query, which may hold a signature, and without what is before it, which may hold a password. */
const pathOf = (url: string): string => url.replace(/^[^/?#]*:\/\/[^/?#]*/, '').split(/[?#]/, 1)[0] ?? '';

/** Counts, logs and traces a request when its answer has ended, or its other side is gone. */
export function observeRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  { metrics, telemetry }: { readonly metrics: ServerMetrics; readonly telemetry: Telemetry },
): void {
  const startedAt = performance.now();
  const { method } = request;
  const span = traceRequest(request, telemetry);
  reply.raw.once('close', () => {
    const seconds = (performance.now() - startedAt) / 1000;
    const status = reply.raw.writableFinished ? reply.raw.statusCode : 'cut';
    const { callName, isQuiet } = request.routeOptions.config;
    const route = callName ?? request.routeOptions.url ?? 'none';
    metrics.answered({ method, route, status, seconds });
    endTrace(span, status);
    const level = isQuiet ? 'debug' : 'info';
    if (level === 'debug' && request.log.level !== 'debug') return;
    const call = callName === undefined ? {} : { call: callName };
    const facts = {
      method,
      path: pathOf(request.url),
      ...call,
      ...idsOf(request),
      status,
      durationMs: Math.round(seconds * 1000),
    };
    request.log[level]({ ...facts, client: request.ip?.replace(/^::ffff:/, '') }, 'request');
  });
}

const NEAR = 0.9;
const WARN_EVERY_MS = 60_000;
const RELIEVE_EVERY_MS = 1000; // it looks at all of them

/** Does something at most once in a while. */
function atMostEvery(intervalMs: number): (work: () => void) => void {
  let doneAt = Number.NEGATIVE_INFINITY;
  return (work) => {
    const now = performance.now();
    if (now - doneAt < intervalMs) return;
    doneAt = now;
    work();
  };
}

/**
 * Closes those that wait for their next request when connections become too many, says so in the log, and counts those that
 * were not taken.
 */
export function observeConnections(
  server: Server,
  { metrics, logger, limit }: { metrics: ServerMetrics; logger: ServerLogger; limit: number },
): void {
  let open = 0;
  const now = { warn: atMostEvery(WARN_EVERY_MS), relieve: atMostEvery(RELIEVE_EVERY_MS) };
  const warn = (message: string): void => now.warn(() => logger.warn({ open, limit }, message));
  metrics.watch(server);
  server.on('connection', (socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
    if (open <= limit * NEAR) return;
    now.relieve(() => server.closeIdleConnections());
    warn('connections are near their limit');
  });
  server.on('drop', () => {
    metrics.dropped();
    warn('connections are closed at once: as many are open as may be');
  });
}

import type { FastifyRequest } from 'fastify';
import { NO_SPAN, type Span, type Telemetry } from '../telemetry/index.ts';
import { idsOf } from './request-ids.ts';

const PORT = /:(\d{1,5})$/;

/** Begins the span of a request, as HTTP's conventions name things: by its route, since paths are without number. */
export function traceRequest(request: FastifyRequest, telemetry: Telemetry): Span {
  const { url: route, config } = request.routeOptions;
  if (!telemetry.isOn || config.isProbe) return NO_SPAN;
  const { method, headers, raw } = request;
  const { traceparent } = headers;
  const { taskId, runId, buildId } = idsOf(request);
  return telemetry.start(route === undefined ? method : `${method} ${route}`, {
    kind: 'server',
    parent: typeof traceparent === 'string' ? traceparent : undefined,
    facts: {
      'http.request.method': method,
      'http.route': route,
      'url.scheme': request.protocol,
      'server.address': request.hostname.replace(PORT, ''),
      'network.protocol.version': raw.httpVersion,
      'slipway.call': config.callName,
      'slipway.request_id': request.id,
      'slipway.task_id': taskId,
      'slipway.run_id': runId,
      'slipway.build_id': buildId,
    },
  });
}

/** Ends it with its answer: what a client did wrong is no failure of the server. */
export function endTrace(span: Span, status: number | 'cut'): void {
  if (status === 'cut') {
    span.add({ 'error.type': 'cut' });
    span.fail('the other side left before the end of the answer');
  } else {
    span.add({
      'http.response.status_code': status,
      'error.type': status >= 500 ? String(status) : undefined,
    });
    if (status >= 500) span.fail();
  }
  span.end();
}

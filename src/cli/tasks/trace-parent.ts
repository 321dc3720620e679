import type { JsonObject } from '../../queue-api/index.ts';

const TRACE_PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * What a definition says of the trace that its task is a part of: where a script has set `TRACEPARENT`, and the definition
 * says nothing of it itself.
 */
export function traceOf(environment: NodeJS.ProcessEnv, extra: unknown): { readonly extra?: JsonObject } {
  const traceparent = environment['TRACEPARENT'];
  if (traceparent === undefined || !TRACE_PARENT.test(traceparent)) return {};
  const given = typeof extra === 'object' && extra !== null ? extra : {};
  return { extra: { traceparent, ...given } };
}

import {
  type Span as OtlpSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type TextMapSetter,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { Span, SpanOptions } from '../telemetry.ts';

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
} as const;

const W3C = new W3CTraceContextPropagator();
const GETTER: TextMapGetter<string> = {
  keys: () => ['traceparent'],
  get: (carrier, key) => (key === 'traceparent' ? carrier : undefined),
};
const SETTER: TextMapSetter<{ traceparent?: string }> = {
  set(carrier, key, value) {
    if (key === 'traceparent') carrier.traceparent = value;
  },
};

const made = new WeakMap<Span, OtlpSpan>();

/** Starts a span of ours. */
export function startSpan(tracer: Tracer, name: string, options: SpanOptions = {}): Span {
  const { kind = 'internal', facts = {}, startedAt } = options;
  const span = tracer.startSpan(
    name,
    {
      kind: KINDS[kind],
      attributes: { ...facts },
      ...(startedAt !== undefined && { startTime: new Date(startedAt) }),
    },
    contextOf(options.parent),
  );
  return ownSpan(tracer, span);
}

function contextOf(parent: SpanOptions['parent']) {
  if (parent === undefined) return ROOT_CONTEXT;
  if (typeof parent === 'string') return W3C.extract(ROOT_CONTEXT, parent, GETTER);
  const span = made.get(parent);
  return span === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, span);
}

function ownSpan(tracer: Tracer, span: OtlpSpan): Span {
  const own: Span = {
    get traceparent() {
      const carrier: { traceparent?: string } = {};
      W3C.inject(trace.setSpan(ROOT_CONTEXT, span), carrier, SETTER);
      return carrier.traceparent;
    },
    add: (facts) => void span.setAttributes({ ...facts }),
    fail: (why) =>
      void span.setStatus({ code: SpanStatusCode.ERROR, ...(why !== undefined && { message: why }) }),
    // A number could be taken for one of the process's own clock.
    end: (at) => span.end(at === undefined ? undefined : new Date(at)),
    part: (name, options) => startSpan(tracer, name, { ...options, parent: own }),
    async during(name, work, facts) {
      const part = own.part(name, facts === undefined ? {} : { facts });
      try {
        return await work();
      } catch (error) {
        part.fail(error instanceof Error ? error.message : String(error));
        throw error;
      } finally {
        part.end();
      }
    },
  };
  made.set(own, span);
  return own;
}

export { openTelemetry, type TelemetryOptions } from './open-telemetry.ts';
export {
  NO_SPAN,
  NO_TELEMETRY,
  type Span,
  type SpanFacts,
  type SpanOptions,
  type Telemetry,
} from './telemetry.ts';
export { traceRuns } from './trace-runs.ts';

export type { Diagnostic, Position, Range } from './diagnostic.ts';
export { formatDiagnostic } from './diagnostic-format.ts';
export type * from './events.ts';
export { isSafeId, newRunId } from './ids.ts';
export { createRedactor, type RedactedStream, type Redactor } from './redact.ts';
export { fail, ok, type Result } from './result.ts';
export { suggest } from './suggest.ts';
export { unreachable } from './unreachable.ts';

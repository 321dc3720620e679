import type { StepEvent } from '../../../src/page/wire.ts';

/** The fields of a run's events that the page shows (`docs/events.md`). All come from a log: nothing is sure to be there. */
export type RunEvent = StepEvent & {
  readonly phase?: unknown;
  readonly safeId?: unknown;
  readonly displayName?: unknown;
  readonly result?: unknown;
  readonly durationMs?: unknown;
  readonly message?: unknown;
  readonly detail?: unknown;
  readonly exitCode?: unknown;
  readonly service?: unknown;
  readonly steps?: unknown;
  readonly git?: unknown;
};

/** So many are kept of a run; one of hundreds of steps has some thousand. */
export const MAX_EVENTS = 20_000;

/** Reads one line of events; `undefined` where it is none. */
export function readEvent(line: string): RunEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEvent(value: unknown): value is RunEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { type, at, logOffset } = value as Partial<Record<string, unknown>>; // any object may have these fields
  return typeof type === 'string' && Number.isFinite(at) && Number.isSafeInteger(logOffset);
}

import { durationText } from '../parts/format.ts';

/** How long something took that has ended: what was over at once has its milliseconds. */
export const lengthText = (ms: number): string =>
  ms < 1000 ? `${Math.max(0, Math.round(ms))} ms` : durationText(ms);

/** Something with a beginning and an end, which may be to come. Milliseconds since the epoch. */
export interface Span {
  readonly start: number;
  /** Absent: it goes on. */
  readonly end?: number | undefined;
}

export interface TimeScale {
  readonly start: number;
  readonly end: number;
  /** Milliseconds from the start at which a line is drawn. */
  readonly ticks: readonly number[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS = [
  ...[100, 200, 500, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND],
  ...[MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR],
];
const MAX_TICKS = 6;
const MIN_LENGTH = 100;

/** The time that spans take together, with lines at round distances. */
export function timeScaleOf(spans: readonly Span[], now: number): TimeScale {
  const start = spans.reduce((least, span) => Math.min(least, span.start), Number.POSITIVE_INFINITY);
  if (!Number.isFinite(start)) return { start: now, end: now + MIN_LENGTH, ticks: [] };
  const end = spans.reduce((most, span) => Math.max(most, span.end ?? now), start + MIN_LENGTH);
  const length = end - start;
  const step =
    STEPS.find((each) => length / each <= MAX_TICKS) ??
    Math.ceil(length / MAX_TICKS / (24 * HOUR)) * 24 * HOUR;
  const ticks: number[] = [];
  for (let at = step; at < length * 0.97; at += step) ticks.push(at);
  return { start, end, ticks };
}

/** Where a span is on a scale, in percent of its length; never so short that it cannot be seen. */
export function placeOf(
  { start, end }: Span,
  scale: TimeScale,
  now: number,
): { left: number; width: number } {
  const length = scale.end - scale.start;
  const left = Math.min(100, Math.max(0, ((start - scale.start) / length) * 100));
  const width = (((end ?? now) - start) / length) * 100;
  return { left, width: Math.min(100 - left, Math.max(0, width)) };
}

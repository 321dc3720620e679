import type { UsageRange } from './usage.ts';

const DAY_MS = 24 * 60 * 60_000;
const DEFAULT_DAYS = 30;

/** A day (`2026-11-22`), or a moment in ISO 8601 with its zone. */
export const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/**
 * The days that are asked about: from that of `from` to that of `to`, both whole; absent: the last thirty. A message where
 * they are none.
 */
export function readRange(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: number,
): UsageRange | string {
  const last = to === undefined ? now : momentOf(to);
  if (last === undefined) return notAMoment('to', to);
  const isMidnight = to?.includes('T') && last % DAY_MS === 0;
  const end = isMidnight ? last : startOfDay(last) + DAY_MS; // the moment at which a day begins has nothing of it
  const first = from === undefined ? end - DEFAULT_DAYS * DAY_MS : momentOf(from);
  if (first === undefined) return notAMoment('from', from);
  const range = { from: startOfDay(first), to: end };
  return range.from < range.to ? range : `"from" (${from}) is after "to" (${to ?? 'today'})`;
}

const startOfDay = (moment: number): number => Math.floor(moment / DAY_MS) * DAY_MS;

function momentOf(text: string): number | undefined {
  const moment = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  // The 31st of February is read as the 3rd of March.
  const isDay =
    Number.isFinite(moment) &&
    new Date(Date.parse(text.slice(0, 10))).toISOString().startsWith(text.slice(0, 10));
  return isDay ? moment : undefined;
}

const notAMoment = (name: string, text: string | undefined): string =>
  `"${name}" is "${text?.slice(0, 100)}": expected a day (2026-11-22), or a moment (2026-11-22T10:00:00Z)`;

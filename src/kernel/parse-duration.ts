const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** What a person is told is expected. */
export const DURATION_EXAMPLES = 'a time such as 90s, 30m, 12h, 7d or 2w';

/** A whole number, from 1, of seconds, minutes, hours, days or weeks in milliseconds; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text.trim()) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  return ms > 0 ? ms : undefined;
}

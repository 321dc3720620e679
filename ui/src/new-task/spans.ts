const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** What a person is told is expected: the words of the command line. */
export const SPAN_EXAMPLES = 'a time such as 90s, 30m, 12h, 7d or 2w';

/** A span of time in milliseconds, as the command line reads it; `undefined`: it is none. */
export function parseSpan(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text.trim()) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  return ms > 0 ? ms : undefined;
}

/** The shortest text that means as much, in whole seconds. */
export function spanText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  const unit = ['w', 'd', 'h', 'm'].find((each) => (seconds * 1000) % (UNITS_MS[each] ?? 1) === 0) ?? 's';
  return `${(seconds * 1000) / (UNITS_MS[unit] ?? 1000)}${unit}`;
}

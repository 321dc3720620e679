const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A moment as the server writes it: ISO 8601, or milliseconds since the epoch. */
export type Moment = string | number;

export const msOf = (moment: Moment): number => (typeof moment === 'number' ? moment : Date.parse(moment));

const two = (value: number): string => String(value).padStart(2, '0');

/** A time as `0.4 s`, `12 s`, `3 m 04 s`, `2 h 05 m`, `4 d 03 h`. */
export function durationText(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < 10 * SECOND_MS) return `${(Math.floor(whole / 100) / 10).toFixed(1)} s`;
  if (whole < MINUTE_MS) return `${Math.floor(whole / SECOND_MS)} s`;
  if (whole < HOUR_MS)
    return `${Math.floor(whole / MINUTE_MS)} m ${two(Math.floor((whole % MINUTE_MS) / SECOND_MS))} s`;
  if (whole < DAY_MS)
    return `${Math.floor(whole / HOUR_MS)} h ${two(Math.floor((whole % HOUR_MS) / MINUTE_MS))} m`;
  return `${Math.floor(whole / DAY_MS)} d ${two(Math.floor((whole % DAY_MS) / HOUR_MS))} h`;
}

/** A moment in the words and the time zone of who looks, with UTC, which logs and colleagues elsewhere have. */
export const momentText = (date: Date): string =>
  `${date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' })}\n${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** How long ago: `just now`, `40 s ago`, `5 min ago`, `3 h ago`, `2 days ago`; for what is to come `in 5 min`. */
export function ageText(ms: number): string {
  const size = Math.abs(ms);
  if (size < 5 * SECOND_MS) return 'just now';
  const text = sizeText(size);
  return ms < 0 ? `in ${text}` : `${text} ago`;
}

function sizeText(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < 2 * DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`;
  return `${Math.floor(ms / DAY_MS)} days`;
}

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes as `980 B`, `1.2 kB`, `34 MB`; 1 kB is 1000 bytes. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit] ?? ''}`;
}

/** A number with its thousands apart: `12,345`. */
export const countText = (count: number): string => count.toLocaleString('en-US');

/** A share of one as `93 %`, `0.4 %`. */
export function percentText(share: number): string {
  const percent = share * 100;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

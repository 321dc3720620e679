const DAY_MS = 86_400_000;

/** Days by the calendar of UTC, the last one included. */
export interface DayRange {
  /** `2030-01-31` */
  readonly from: string;
  readonly to: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The last days until today. */
export const lastDays = (count: number, now: number): DayRange => ({
  from: dayOf(now - (count - 1) * DAY_MS),
  to: dayOf(now),
});

/** What an address or a form says; `undefined`: no days, or in the wrong order. */
export function readRange(from: string, to: string): DayRange | undefined {
  if (!(isDay(from) && isDay(to)) || from > to) return undefined;
  return { from, to };
}

const isDay = (text: string): boolean => DAY.test(text) && !Number.isNaN(Date.parse(text));

/** The moments that are asked for: from the begin of the first day to the end of the last. */
export const momentsOf = ({ from, to }: DayRange): { readonly from: string; readonly to: string } => ({
  from: new Date(Date.parse(from)).toISOString(),
  to: new Date(Date.parse(to) + DAY_MS).toISOString(),
});

/** How many days a range has. */
export const daysIn = ({ from, to }: DayRange): number => (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;

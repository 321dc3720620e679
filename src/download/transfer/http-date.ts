const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const TIME = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;

// The form of today and the two of old that a recipient has to take (RFC 9110, section 5.6.7).
const FORMS = [
  new RegExp(String.raw`^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) ${TIME} GMT$`),
  new RegExp(String.raw`^[A-Z][a-z]{5,8}, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) ${TIME} GMT$`),
  new RegExp(String.raw`^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`),
];

/** A date of a header, in seconds since the epoch; `undefined` where the text is none. */
export function parseHttpDate(text: string, now = Date.now()): number | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts !== undefined) return secondsOf(parts, now);
  }
  return undefined;
}

function secondsOf(parts: Readonly<Record<string, string>>, now: number): number | undefined {
  const number = (name: string): number => Number(parts[name]);
  const month = MONTHS.indexOf(parts['month'] ?? '');
  const date = new Date(0);
  date.setUTCFullYear(fullYear(parts['year'] ?? '', now), month, number('day'));
  const isDate = month >= 0 && date.getUTCDate() === number('day');
  if (!isDate || number('hour') > 23 || number('minute') > 59 || number('second') > 60) return undefined;
  date.setUTCHours(number('hour'), number('minute'), number('second'));
  return date.getTime() / 1000;
}

/** A year of two digits is the last one that ends with them and is no more than 50 years ahead. */
function fullYear(digits: string, now: number): number {
  if (digits.length > 2) return Number(digits);
  const latest = new Date(now).getUTCFullYear() + 50;
  return latest - ((((latest - Number(digits)) % 100) + 100) % 100);
}

/** For `Last-Modified`, which may not be later than now; `undefined` where the time cannot be said so. */
export function formatHttpDate(timeMs: number | undefined, now = Date.now()): string | undefined {
  if (timeMs === undefined || !(timeMs >= 0 && timeMs <= now)) return undefined;
  return new Date(timeMs).toUTCString();
}

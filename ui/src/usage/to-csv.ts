import type { ProjectUsage, UsageAnswer } from '../../../src/page/wire.ts';

const COLUMNS = [
  'project',
  'runs',
  'failedRuns',
  'minutes',
  'bytes',
] as const satisfies readonly (keyof ProjectUsage)[];

/** Usage as a table for other programs, RFC 4180. */
export const toCsv = ({ projects }: UsageAnswer): string =>
  [COLUMNS, ...projects.map((project) => COLUMNS.map((name) => project[name]))]
    .map((row) => `${row.map(field).join(',')}\r\n`)
    .join('');

/** Spreadsheets take texts that begin so for formulas, and a project's name is anybody's. */
const FORMULA = /^[=+\-@\t\r]/;

function field(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

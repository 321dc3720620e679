import { visibleText } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';

/** The fields that every record of one worker has: on a terminal they are noise. */
const SAME = new Set([
  ...['type', 'time', 'provisionerId', 'workerType', 'workerGroup', 'workerId', 'workerNodeType'],
]);

function forPeople(line: string): string {
  if (line.startsWith('WORKER_METRICS ')) return '';
  const record = JSON.parse(line) as Readonly<Record<string, unknown>>; // written by the worker itself
  const fields = Object.entries(record)
    .filter(([name, value]) => !SAME.has(name) && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const time = String(record['time']).slice(11, 19);
  return `${visibleText([time, record['type'], ...fields].join(' '))}\n`;
}

/** Writes the worker's own log: JSON, one object a line, and lines for people where people read them. */
export function workerLog({ flags, stdout }: CommandContext, alwaysJson: boolean): (line: string) => void {
  const isJson = alwaysJson || (flags.given('output') ? flags.required('output') === 'json' : !stdout.isTTY);
  return (line) => void stdout.write(isJson ? line : forPeople(line));
}

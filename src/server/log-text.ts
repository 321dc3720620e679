import { visibleText } from '../kernel/index.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function shown(value: unknown): string {
  if (isRecord(value) && typeof value['message'] === 'string') return shown(value['message']);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[\w./:@+,-]+$/.test(text) ? text : JSON.stringify(visibleText(text));
}

/** A line of the log for people: time, level, message, facts. */
export function logText(line: string): string {
  const parsed: unknown = JSON.parse(line);
  if (!isRecord(parsed)) return line;
  const { time, level, msg, err, ...facts } = parsed;
  const stack = isRecord(err) && typeof err['stack'] === 'string' ? `\n${visibleLines(err['stack'])}` : '';
  const words = Object.entries({ ...facts, ...(err !== undefined && { error: err }) }).map(
    ([name, value]) => `${name}=${shown(value)}`,
  );
  const message = visibleText(String(msg ?? ''));
  return `${[String(time), String(level).padEnd(5), message, ...words].join(' ')}${stack}\n`;
}

const visibleLines = (text: string): string => text.split('\n').map(visibleText).join('\n');

/**
 * A line of a runner's output as the original showed it, `time=… level=… msg=… AgentID=…`, where it is a record in JSON;
 * anything else as it is.
 */
export function runnerLine(line: string, name: string): string {
  const record = parsed(line);
  if (record === undefined) return line;
  const { type, time, timestamp, level, message, ...rest } = record;
  const facts = Object.entries(rest)
    .filter(([, value]) => typeof value !== 'object')
    .map(([key, value]) => ` ${key}=${quoted(value)}`)
    .join('');
  const said = message ?? type ?? '';
  const at = time ?? timestamp ?? '';
  return `time=${quoted(at)} level=${quoted(level ?? 'info')} msg=${quoted(said)} AgentID=${quoted(name)}${facts}`;
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined; // begins with {
  } catch {
    return undefined;
  }
}

function quoted(value: unknown): string {
  const text = String(value);
  return /^[\w.:/+-]+$/.test(text) ? text : JSON.stringify(text);
}

/** What was read, or why it could not be. */
export type Read<T> = { readonly value: T } | { readonly problem: string };

/** Lines with something in them, each with its number from 1. */
export const numberedLines = (text: string): readonly (readonly [number: number, line: string])[] =>
  text
    .split(/\r?\n/)
    .map((line, index) => [index + 1, line] as const)
    .filter(([, line]) => line.trim() !== '');

/** Lines of `NAME=VALUE`; what is behind the first `=` is the value, blanks included. `check`: what is wrong with a pair. */
export function readPairs(
  text: string,
  value: 'VALUE' | 'PATH',
  check: (name: string, value: string) => string | undefined = () => undefined,
): Read<Readonly<Record<string, string>>> {
  const pairs = new Map<string, string>();
  for (const [number, line] of numberedLines(text)) {
    const equals = line.indexOf('=');
    const name = line.slice(0, equals).trim();
    if (equals < 1 || name === '')
      return { problem: `Line ${number}: expected NAME=${value}, found “${line.slice(0, 60)}”.` };
    if (pairs.has(name)) return { problem: `Line ${number}: “${name}” is there twice.` };
    const given = line.slice(equals + 1);
    const problem = check(name, given);
    if (problem !== undefined) return { problem: `Line ${number}: ${problem}` };
    pairs.set(name, given);
  }
  return { value: Object.fromEntries(pairs) };
}

/** One item a line, blanks around it left out. */
export function readItems(
  text: string,
  check: (item: string) => string | undefined = () => undefined,
): Read<readonly string[]> {
  const items = new Set<string>();
  for (const [number, line] of numberedLines(text)) {
    const item = line.trim();
    const problem = items.has(item) ? `“${item}” is there twice.` : check(item);
    if (problem !== undefined) return { problem: `Line ${number}: ${problem}` };
    items.add(item);
  }
  return { value: [...items] };
}

/** What a JSON text has when its top is an object; `undefined` when it is anything else, or no JSON. Never throws. */
export function parseObject(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(withoutMark(text));
    return isObject(value) ? new Map(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

/** Names and strings of an object; entries that are no strings, by `read`, are left out. */
export function stringEntries(
  value: unknown,
  read: (value: unknown) => string | undefined = asString,
): [name: string, value: string][] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, each]) => {
    const text = read(each);
    return text === undefined ? [] : [[name, text]];
  });
}

/** Whether this is what JSON calls an object. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Without the byte order mark, which package managers skip and `JSON.parse` does not. */
export const withoutMark = (text: string): string => (text.startsWith('\uFEFF') ? text.slice(1) : text);

/** What JSON calls a value, for people: `an array`. */
export function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const asString = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

import { isDeepStrictEqual } from 'node:util';
import { isObject, parseObject } from './json-text.ts';

export interface SubsetForm {
  /** Keys whose entries may become more. */
  readonly tables: readonly string[];
  /** Keys that have nothing to say about what is installed. */
  readonly ignored: readonly string[];
}

// No file of requirements is deeper, and comparing goes down step by step.
const MOST_DEPTH = 100;

/** The rule for files of JSON: more entries in some tables, and everything else the same. */
export function isJsonSubset({ tables, ignored }: SubsetForm): (older: string, newer: string) => boolean {
  const elsewhere = new Set([...tables, ...ignored]);
  return (olderText, newerText) => {
    if (depthOf(olderText) > MOST_DEPTH || depthOf(newerText) > MOST_DEPTH) return false;
    const older = parseObject(olderText);
    const newer = parseObject(newerText);
    if (older === undefined || newer === undefined) return false;
    return (
      tables.every((key) => isTableSubset(table(older.get(key)), table(newer.get(key)))) &&
      isDeepStrictEqual(without(older, elsewhere), without(newer, elsewhere))
    );
  };
}

const without = (
  object: ReadonlyMap<string, unknown>,
  keys: ReadonlySet<string>,
): ReadonlyMap<string, unknown> => new Map([...object].filter(([key]) => !keys.has(key)));

// An empty list is what PHP writes for an object without entries.
const table = (value: unknown): unknown =>
  value === undefined || (Array.isArray(value) && value.length === 0) ? {} : value;

function isTableSubset(older: unknown, newer: unknown): boolean {
  if (!isObject(older) || !isObject(newer)) return isDeepStrictEqual(older, newer);
  return Object.entries(older).every(
    ([name, asked]) => Object.hasOwn(newer, name) && isDeepStrictEqual(newer[name], asked),
  );
}

/** At most: brackets in strings count too. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [sign] of text.matchAll(/[{}[\]]/g)) {
    depth += sign === '{' || sign === '[' ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

import { afterBlanks, afterString } from './json-string.ts';

/**
 * Where the value of a path of keys begins in a text that is JSON; 0 where the path leads nowhere. Of a key that is there twice
 * the last counts, as it does for `JSON.parse`.
 */
export function placeOf(text: string, path: readonly string[]): number {
  let at = afterBlanks(text, text.startsWith('\uFEFF') ? 1 : 0);
  for (const key of path) {
    const inside = placeOfKey(text, at, key);
    if (inside === undefined) return 0;
    at = inside;
  }
  return at;
}

function placeOfKey(text: string, object: number, wanted: string): number | undefined {
  if (text[object] !== '{') return undefined;
  let found: number | undefined;
  let at = afterBlanks(text, object + 1);
  while (text[at] === '"') {
    const end = afterString(text, at) ?? text.length;
    const value = afterBlanks(text, afterBlanks(text, end) + 1); // the colon
    if (JSON.parse(text.slice(at, end)) === wanted) found = value;
    at = afterBlanks(text, afterValue(text, value));
    if (text[at] !== ',') break;
    at = afterBlanks(text, at + 1);
  }
  return found;
}

const PLAIN = /[^,\]}\s]*/y;

/** Without recursion: how deep a value goes is its author's choice. */
function afterValue(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const sign = text[at];
    if (sign === undefined) return at;
    if (sign === '"') at = afterString(text, at) ?? text.length;
    else if (sign === '{' || sign === '[') {
      depth += 1;
      at += 1;
    } else if (sign === '}' || sign === ']') {
      depth -= 1;
      at += 1;
    } else if (/[\s,:]/.test(sign)) at += 1;
    else {
      PLAIN.lastIndex = at;
      PLAIN.test(text);
      at = PLAIN.lastIndex;
    }
  } while (depth > 0);
  return at;
}

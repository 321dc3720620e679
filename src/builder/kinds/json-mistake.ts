import { afterBlanks, afterString } from './json-string.ts';

/** The first place at which a text is not JSON. */
export interface JsonMistake {
  readonly offset: number;
  readonly length: number;
  readonly expected: string;
  readonly found: string;
}

// What is not JSON and deeper than this is not looked at any further.
const MOST_DEPTH = 1000;

/** What may come next. */
type Wanted = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing';

const PLAIN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/iy;
// For messages: a word, a number as people write it, or one sign.
const FOUND = /[\w.+-]{1,40}|"[^"\n]{0,40}|\S/uy;

/**
 * Where a text stops being JSON. `JSON.parse` says so too, but not always where. Without recursion, and in one pass. `undefined`:
 * it is JSON, or this does not see why not.
 */
export function findJsonMistake(text: string): JsonMistake | undefined {
  const open: ('{' | '[')[] = [];
  let wanted: Wanted = 'value';
  let at = 0;
  for (;;) {
    at = afterBlanks(text, at);
    if (at >= text.length && wanted === 'nothing') return undefined;
    const next = step(text, at, wanted, open);
    if (next === undefined) return describe(text, at, expectation(wanted, open.at(-1)));
    ({ at, wanted } = next);
  }
}

interface Next {
  readonly at: number;
  readonly wanted: Wanted;
}

/** What comes after the token at an offset; `undefined` where that is not what is wanted. */
function step(text: string, at: number, wanted: Wanted, open: ('{' | '[')[]): Next | undefined {
  const sign = text[at];
  const isEnd = sign === (open.at(-1) === '{' ? '}' : ']') && open.length > 0;
  if (isEnd && wanted.endsWith(' or end')) {
    open.pop();
    return { at: at + 1, wanted: afterValue(open) };
  }
  switch (wanted) {
    case 'name':
    case 'name or end':
      return follow(afterString(text, at), 'colon');
    case 'colon':
      return sign === ':' ? { at: at + 1, wanted: 'value' } : undefined;
    case 'comma or end':
      return sign === ',' ? { at: at + 1, wanted: open.at(-1) === '{' ? 'name' : 'value' } : undefined;
    case 'nothing':
      return undefined;
    case 'value':
    case 'value or end':
      if (sign === '{' || sign === '[') {
        if (open.length === MOST_DEPTH) return undefined;
        open.push(sign);
        return { at: at + 1, wanted: sign === '{' ? 'name or end' : 'value or end' };
      }
      return follow(sign === '"' ? afterString(text, at) : afterPlain(text, at), afterValue(open));
  }
}

const afterValue = (open: readonly string[]): Wanted => (open.length === 0 ? 'nothing' : 'comma or end');

const follow = (at: number | undefined, wanted: Wanted): Next | undefined =>
  at === undefined ? undefined : { at, wanted };

function afterPlain(text: string, at: number): number | undefined {
  PLAIN.lastIndex = at;
  return PLAIN.test(text) ? PLAIN.lastIndex : undefined;
}

function expectation(wanted: Wanted, open: '{' | '[' | undefined): string {
  const end = open === '{' ? '"}"' : '"]"';
  switch (wanted) {
    case 'value':
      return 'a value';
    case 'value or end':
      return `a value or ${end}`;
    case 'name':
      return 'a name in double quotes';
    case 'name or end':
      return `a name in double quotes or ${end}`;
    case 'colon':
      return '":"';
    case 'comma or end':
      return `"," or ${end}`;
    case 'nothing':
      return 'the end of the file';
  }
}

function describe(text: string, offset: number, expected: string): JsonMistake {
  FOUND.lastIndex = offset;
  const found = FOUND.exec(text)?.[0];
  if (found === undefined) return { offset, length: 1, expected, found: 'the end of the file' };
  const words = found.startsWith('"')
    ? `${found} (a string that does not end, or has a sign in it that JSON does not allow)`
    : JSON.stringify(found);
  return { offset, length: found.length, expected, found: words };
}

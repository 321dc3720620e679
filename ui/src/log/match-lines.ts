import { shownText } from './parse-line.ts';
import type { LogQuery } from './protocol.ts';

/** What is looked for; `undefined` where it is nothing. Throws `SyntaxError` where it is no regular expression. */
export function patternOf({ text, isRegExp, isCaseSensitive }: LogQuery): RegExp | undefined {
  if (text === '') return undefined;
  return new RegExp(isRegExp ? text : RegExp.escape(text), isCaseSensitive ? 'g' : 'gi');
}

const AS_IT_IS = /^[\t\x20-\x7e]*$/; // most lines: they show what stands in them

/** Where a pattern is in lines as they are shown: line (from `firstLine` on), from, to, of each match. */
export function matchLines(
  pattern: RegExp,
  lines: readonly string[],
  firstLine: number,
): Uint32Array<ArrayBuffer> {
  const found: number[] = [];
  for (const [at, line] of lines.entries()) {
    const shown = AS_IT_IS.test(line) ? line : shownText(line);
    pattern.lastIndex = 0;
    if (!pattern.test(shown)) continue;
    pattern.lastIndex = 0; // it is where the copy begins
    for (const { 0: text, index } of shown.matchAll(pattern)) {
      if (text !== '') found.push(firstLine + at, index, index + text.length);
    }
  }
  return Uint32Array.from(found);
}

/** What the thread that matches is sent: lines in one text, which is faster than many. */
export interface MatchRequest {
  readonly query: LogQuery;
  readonly text: string;
  readonly firstLine: number;
}

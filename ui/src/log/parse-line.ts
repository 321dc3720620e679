import { ESCAPE, isSgr } from './escapes.ts';
import { hasOdd, visiblePieces } from './odd-characters.ts';
import { applySgr, sameStyle, type TextStyle } from './text-style.ts';

/** A piece of a line that is shown in one way. Its text has no control character but tabs. */
export interface Segment {
  readonly text: string;
  readonly style: TextStyle;
  /** Stands for characters that cannot be seen. */
  readonly isOdd?: true;
}

export interface ParsedLine {
  readonly segments: readonly Segment[];
  /** For the line behind it. */
  readonly style: TextStyle;
}

/** What moves within a line, so that what stands in it is not what it ends as. */
const MOVES = /[\r\b]|\x1b\[\d{0,4}[CDGK]/;

/**
 * A line of a log (without its line break) as it is shown. Nothing in it is carried out but colours and what moves within the
 * line: where a program went back to the beginning of it, as for progress, it is as it was left.
 */
export function parseLine(line: string, style: TextStyle): ParsedLine {
  const text = line.replace(/\r+$/, '');
  const parsed = MOVES.test(text) ? asItWasLeft(text, style) : fromLeftToRight(text, style);
  return { segments: parsed.segments.flatMap(madeVisible), style: parsed.style };
}

/** What a line shows, without how. */
export const shownText = (line: string): string => {
  const { segments } = parseLine(line, NO_STYLE);
  return segments.length === 1 ? (segments[0]?.text ?? '') : segments.map(({ text }) => text).join('');
};

const NO_STYLE: TextStyle = { attributes: 0 };

function madeVisible(segment: Segment): Segment[] {
  if (!hasOdd(segment.text)) return [segment];
  return visiblePieces(segment.text).map(({ text, isOdd }) => ({
    text,
    style: segment.style,
    ...(isOdd && { isOdd }),
  }));
}

type Token =
  | { readonly text: string }
  /** `last` is empty for sequences that are none of `ESC [`. */
  | { readonly parameters: string; readonly last: string };

function* tokensOf(text: string): Generator<Token> {
  let from = 0;
  for (let at = text.indexOf('\x1b'); at >= 0; at = text.indexOf('\x1b', at)) {
    ESCAPE.lastIndex = at;
    const found = ESCAPE.exec(text);
    if (found === null) {
      at += 1; // no sequence: it is shown
      continue;
    }
    if (at > from) yield { text: text.slice(from, at) };
    at += found[0].length;
    from = at;
    yield { parameters: found[1] ?? '', last: found[2] ?? '' };
  }
  if (from < text.length) yield { text: text.slice(from) };
}

function fromLeftToRight(text: string, before: TextStyle): ParsedLine {
  if (!text.includes('\x1b')) {
    return { segments: text === '' ? [] : [{ text, style: before }], style: before };
  }
  const segments: Segment[] = [];
  let style = before;
  for (const token of tokensOf(text)) {
    if ('text' in token) append(segments, token.text, style);
    else if (isSgr(token.parameters, token.last)) style = applySgr(style, token.parameters);
  }
  return { segments, style };
}

function append(segments: Segment[], text: string, style: TextStyle): void {
  const last = segments.at(-1);
  if (last !== undefined && sameStyle(last.style, style)) {
    segments[segments.length - 1] = { text: last.text + text, style };
  } else segments.push({ text, style });
}

interface Cell {
  readonly character: string;
  readonly style: TextStyle;
}

interface Row {
  readonly cells: Cell[];
  column: number;
  style: TextStyle;
}

const MAX_COLUMN = 4096; // a sequence must not make a line that its bytes do not pay for
const BLANK: Cell = { character: ' ', style: NO_STYLE };

function asItWasLeft(text: string, before: TextStyle): ParsedLine {
  const row: Row = { cells: [], column: 0, style: before };
  for (const token of tokensOf(text)) {
    if ('text' in token) for (const character of token.text) write(row, character);
    else if (isSgr(token.parameters, token.last)) row.style = applySgr(row.style, token.parameters);
    else move(row, token.parameters, token.last);
  }
  const segments: Segment[] = [];
  for (const { character, style } of row.cells) append(segments, character, style);
  return { segments, style: row.style };
}

function write(row: Row, character: string): void {
  if (character === '\r') row.column = 0;
  else if (character === '\b') row.column = Math.max(0, row.column - 1);
  else {
    while (row.cells.length < row.column) row.cells.push(BLANK);
    row.cells[row.column] = { character, style: row.style };
    row.column += 1;
  }
}

function move(row: Row, parameters: string, last: string): void {
  if (!/^\d{0,4}$/.test(parameters)) return;
  const count = Number(parameters);
  if (last === 'K') erase(row, count);
  else if (last === 'D') row.column = Math.max(0, row.column - Math.max(1, count));
  else if (last === 'C') goTo(row, row.column + Math.max(1, count));
  else if (last === 'G') goTo(row, Math.max(1, count) - 1);
}

/** Beyond what is there a row grows by writing alone, and goes no further than that. */
function goTo(row: Row, column: number): void {
  row.column = Math.min(column, Math.max(MAX_COLUMN, row.cells.length));
}

function erase(row: Row, how: number): void {
  if (how === 0) row.cells.length = Math.min(row.cells.length, row.column);
  if (how === 1) row.cells.fill(BLANK, 0, row.column + 1);
  if (how === 2) row.cells.length = 0;
}

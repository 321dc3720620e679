import type { Diagnostic, Range } from './diagnostic.ts';
import { characterWidth, visibleCharacter, visibleText } from './visible-text.ts';

const MAX_EXCERPT_COLUMNS = 100;
/** Columns kept before the mistake when its line is cut. */
const LEAD_COLUMNS = 30;
const TAB_COLUMNS = 4;
/** Only so much of a line is looked at on either side of the mistake: a line may be a megabyte long. */
const NEIGHBOURHOOD = 400;

const COLOURS = { error: '31;1', warning: '33;1', place: '1', gutter: '2', hint: '36' } as const;
type Paint = (style: keyof typeof COLOURS, text: string) => string;

/**
 * A mistake as people read it: `file:line:column: error: message`, the line with carets under the place, and the hint.
 *
 * `source` is the file's text; without it, or where the mistake has no place, the excerpt is left out. Control
 * characters of a hostile file come out as visible signs. No final newline.
 */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  source: string | undefined,
  options: { readonly colour: boolean },
): string {
  const paint: Paint = (style, text) => (options.colour ? `\u001b[${COLOURS[style]}m${text}\u001b[0m` : text);
  const { range } = diagnostic;
  const gutter = ' '.repeat(range === undefined ? 1 : String(range.start.line).length);
  const lines = [headline(diagnostic, paint)];
  if (source !== undefined && range !== undefined) lines.push(...excerpt(source, range, paint));
  if (diagnostic.hint !== undefined) {
    lines.push(`${gutter} ${paint('hint', '=')} ${visibleText(diagnostic.hint)}`);
  }
  return lines.join('\n');
}

function headline(diagnostic: Diagnostic, paint: Paint): string {
  const { severity, file, range } = diagnostic;
  const place = range === undefined ? '' : `:${range.start.line}:${range.start.column}`;
  const where = paint('place', `${visibleText(file)}${place}:`);
  return `${where} ${paint(severity, `${severity}:`)} ${visibleText(diagnostic.message)}`;
}

function excerpt(source: string, range: Range, paint: Paint): string[] {
  const { text, start, end } = neighbourhood(source, range);
  const before = toCells(text.slice(0, start));
  const marked = toCells(text.slice(start, end));
  const after = toCells(text.slice(end));
  const room = MAX_EXCERPT_COLUMNS - LEAD_COLUMNS;
  const shownBefore = cutStart(
    before,
    MAX_EXCERPT_COLUMNS - Math.min(room, Math.max(1, width(marked)) + width(after)),
  );
  const shownMarked = cutEnd(marked, MAX_EXCERPT_COLUMNS - width(shownBefore));
  const shownAfter = cutEnd(
    after,
    Math.max(1, MAX_EXCERPT_COLUMNS - width(shownBefore) - width(shownMarked)),
  );
  const line = [...shownBefore, ...shownMarked, ...shownAfter].map((cell) => cell.text).join('');
  const number = String(range.start.line);
  const carets = '^'.repeat(Math.max(1, width(shownMarked)));
  return [
    `${paint('gutter', `${number} |`)} ${line}`.trimEnd(),
    `${paint('gutter', `${' '.repeat(number.length)} |`)} ${' '.repeat(width(shownBefore))}${paint('error', carets)}`,
  ];
}

/** The part of the line around the range, with the range's places in it; a range over several lines ends with its first. */
function neighbourhood(source: string, range: Range): { text: string; start: number; end: number } {
  const text = source.startsWith('\ufeff') ? source.slice(1) : source;
  const start = Math.min(range.start.offset, text.length);
  const lineStart = Math.max(0, start - (range.start.column - 1));
  const lineEnd = endOfLine(text, start);
  const from = Math.max(lineStart, start - NEIGHBOURHOOD);
  const to = Math.min(lineEnd, start + NEIGHBOURHOOD);
  const end = Math.max(start, Math.min(range.end.offset, to));
  return { text: text.slice(from, to), start: start - from, end: end - from };
}

function endOfLine(text: string, from: number): number {
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === '\n' || text[index] === '\r') return index;
  }
  return text.length;
}

interface Cell {
  readonly text: string;
  readonly columns: number;
}

const ELLIPSIS: Cell = { text: '…', columns: 1 };

function toCells(text: string): Cell[] {
  return Array.from(text, (character) => {
    if (character === '\t') return { text: ' '.repeat(TAB_COLUMNS), columns: TAB_COLUMNS };
    const shown = visibleCharacter(character);
    return { text: shown, columns: characterWidth(shown) };
  });
}

function width(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + cell.columns, 0);
}

function cutEnd(cells: readonly Cell[], columns: number): readonly Cell[] {
  if (width(cells) <= columns) return cells;
  const kept: Cell[] = [];
  let used = 1;
  for (const cell of cells) {
    used += cell.columns;
    if (used > columns) break;
    kept.push(cell);
  }
  return [...kept, ELLIPSIS];
}

function cutStart(cells: readonly Cell[], columns: number): readonly Cell[] {
  return cutEnd(cells.toReversed(), columns).toReversed();
}

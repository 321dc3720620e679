import type { Mistake } from '../report.ts';
import { isUnderBlockMark } from './explain-colon.ts';
import { lineOf, lineSpan, lineText, type Source, type Span } from './source.ts';

/** A line that does not stand where the lines above it let it stand. */
export function explainIndentation(at: Span, source: Source): Mistake {
  const line = misplacedLine(at, source);
  const text = lineText(source, line);
  const indent = indentOf(text);
  const { start, end } = lineSpan(source, line);
  const place = { start: start + indent, end };
  if (text.slice(0, indent).includes('\t')) return tabIndentation({ start, end: place.start });
  if (isUnderBlockMark(line, source)) return textNotIndented(place);
  const open = openLines(line, source);
  if (open.some((candidate) => candidate.indent === indent)) return wrongKind(text, place);
  const places = indentsFor(text, open);
  return {
    code: 'bad-indentation',
    message: `this line is indented by ${spaces(indent)}, which no line above it allows`,
    at: place,
    hint: places.length === 0 ? undefined : `indent it by ${list(places)}`,
  };
}

/** The line of the error, or the next one where the error is the end of a value that the next line goes on with. */
function misplacedLine(at: Span, source: Source): number {
  const offset = source.text.slice(at.start).search(/\S/);
  const first = lineOf(source, offset === -1 ? at.start : at.start + offset);
  const column = (offset === -1 ? at.start : at.start + offset) - lineSpan(source, first).start;
  const isValue = column > indentOf(lineText(source, first));
  return isValue ? nextTextLine(first, source) : first;
}

function nextTextLine(line: number, source: Source): number {
  for (let next = line + 1; next <= source.lineStarts.length; next += 1) {
    if (lineText(source, next).trim() !== '') return next;
  }
  return line;
}

interface OpenLine {
  readonly indent: number;
  readonly isItem: boolean;
}

/** The lines above whose lists and maps this line can go on with, the outermost first. */
function openLines(line: number, source: Source): OpenLine[] {
  const open: OpenLine[] = [];
  let lowest = Number.POSITIVE_INFINITY;
  for (let above = line - 1; above > 0 && lowest > 0; above -= 1) {
    const text = lineText(source, above);
    if (text.trim() === '' || text.trimStart().startsWith('#')) continue;
    const indent = indentOf(text);
    if (indent >= lowest) continue;
    open.unshift({ indent, isItem: isListItem(text) });
    lowest = indent;
  }
  return open;
}

export const tabIndentation = (at: Span): Mistake => ({
  code: 'tab-indentation',
  message: 'a tab indents this line, YAML takes only spaces',
  at,
  hint: 'replace every leading tab with spaces',
});

const textNotIndented = (at: Span): Mistake => ({
  code: 'bad-indentation',
  message: 'the text after "|" or ">" must be indented deeper than its key',
  at,
  hint: 'indent every line of the text by two more spaces',
});

/** An item goes with items and a key with keys, where there are such. */
function indentsFor(text: string, open: readonly OpenLine[]): number[] {
  const alike = open.filter(({ isItem }) => isItem === isListItem(text));
  return (alike.length > 0 ? alike : open).map(({ indent }) => indent);
}

const isListItem = (text: string): boolean => /^\s*-(?:\s|$)/.test(text);

function wrongKind(text: string, at: Span): Mistake {
  const isItem = isListItem(text);
  return {
    code: 'bad-indentation',
    message: isItem ? 'a list item stands among the keys of a map' : 'a key stands among the items of a list',
    at,
    hint: isItem
      ? 'put the list under a key of its own, or indent it deeper'
      : 'put "- " before it if it is an item, or indent it like the keys that it belongs to',
  };
}

const indentOf = (text: string): number => text.length - text.trimStart().length;

const spaces = (count: number): string => (count === 1 ? '1 space' : `${count} spaces`);

function list(counts: readonly number[]): string {
  const last = counts.at(-1) ?? 0;
  return counts.length === 1 ? spaces(last) : `${counts.slice(0, -1).join(', ')} or ${spaces(last)}`;
}

import type { Position, Range } from '../../kernel/index.ts';

/** Offsets into a source's text, `end` not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A text file in memory whose offsets can be turned into lines and columns. */
export interface Source {
  readonly file: string;
  /** Without a byte order mark; a lone carriage return has become a line feed, so offsets are those of the file. */
  readonly text: string;
  readonly lineStarts: readonly number[];
}

export function createSource(file: string, text: string): Source {
  const plain = (text.startsWith('\ufeff') ? text.slice(1) : text).replace(/\r(?!\n)/g, '\n');
  const lineStarts = [0];
  for (let index = plain.indexOf('\n'); index !== -1; index = plain.indexOf('\n', index + 1)) {
    lineStarts.push(index + 1);
  }
  return { file, text: plain, lineStarts };
}

export function rangeOf(source: Source, span: Span): Range {
  const start = Math.min(span.start, source.text.length);
  const end = Math.min(Math.max(start, span.end), source.text.length);
  return { start: positionOf(source, start), end: positionOf(source, end) };
}

export function positionOf(source: Source, offset: number): Position {
  const line = lineOf(source, offset);
  return { line, column: offset - (source.lineStarts[line - 1] ?? 0) + 1, offset };
}

/** The number of the line that holds `offset`, from 1. */
export function lineOf(source: Source, offset: number): number {
  let low = 0;
  let high = source.lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

/** Where a line's text is, its break not included; an empty span after the last line. */
export function lineSpan(source: Source, line: number): Span {
  const start = source.lineStarts[line - 1] ?? source.text.length;
  const next = source.lineStarts[line];
  const end = next === undefined ? source.text.length : next - 1;
  return { start, end: end > start && source.text[end - 1] === '\r' ? end - 1 : end };
}

export function lineText(source: Source, line: number): string {
  const { start, end } = lineSpan(source, line);
  return source.text.slice(start, end);
}

import type { Mistake } from '../report.ts';
import { lineOf, lineSpan, lineText, type Source, type Span } from './source.ts';

/**
 * A colon or a dash that is missing, or is not followed by a space; undefined when that is not the trouble.
 *
 * The design note of 2014 has this slip itself: a step's name without its colon above the step's indented keys.
 */
export function explainColon(at: Span, source: Source): Mistake | undefined {
  const line = firstTextLine(at, source);
  const start = Math.max(at.start, lineSpan(source, line).start);
  const span = { start, end: lineSpan(source, line).end };
  const text = source.text.slice(span.start, span.end);
  const written = text.trimStart();
  const begin = span.start + text.length - written.length;
  return (
    gluedDash(begin, written) ??
    gluedColon(begin, written) ??
    secondColon(begin, written, line, source) ??
    missingColon(begin, written, line, source)
  );
}

/** Errors in white space mean the text that follows it. */
function firstTextLine(at: Span, source: Source): number {
  const offset = source.text.slice(at.start).search(/\S/);
  return lineOf(source, offset === -1 ? at.start : at.start + offset);
}

function gluedDash(begin: number, written: string): Mistake | undefined {
  if (!/^-[\p{L}"']/u.test(written)) return undefined;
  return {
    code: 'missing-space',
    message: 'a space is missing after "-"',
    at: { start: begin, end: begin + 1 },
    hint: `write "- ${shorten(written.slice(1))}"`,
  };
}

function gluedColon(begin: number, written: string): Mistake | undefined {
  const match = /^(?:- )?([\w.-]+):[^\s:/]/.exec(written);
  if (match === null || /: |: *$/.test(written)) return undefined;
  const colon = match[0].length - 2;
  return {
    code: 'missing-space',
    message: 'a space is missing after ":"',
    at: { start: begin + colon, end: begin + colon + 1 },
    hint: `write "${match[1]}: ${shorten(written.slice(colon + 1))}"`,
  };
}

function secondColon(begin: number, written: string, line: number, source: Source): Mistake | undefined {
  const before = source.text.slice(lineSpan(source, line).start, begin);
  const colon = written.search(/:(?:\s|$)/);
  if (colon === -1 || !/: *$/.test(before)) return undefined;
  return {
    code: 'second-colon',
    message: 'a second ": " stands on this line, so the value looks like a key',
    at: { start: begin + colon, end: begin + colon + 1 },
    hint: 'put the value in quotes, or below the key after a "|"',
  };
}

function missingColon(begin: number, written: string, line: number, source: Source): Mistake | undefined {
  const word = (written.split(' #', 1)[0] ?? '').trimEnd();
  if (word === '' || word.startsWith('#') || word.startsWith('- ') || word.includes(':')) return undefined;
  const before = source.text.slice(lineSpan(source, line).start, begin);
  if (/: *$/.test(before) || !/^[\s-]*$/.test(before)) return undefined;
  if (isUnderBlockMark(line, source)) return undefined;
  const end = begin + word.length;
  return {
    code: 'missing-colon',
    message: `"${shorten(word)}" has no ":" although keys stand below or beside it`,
    at: { start: end, end },
    hint: `add ":" after "${shorten(word)}"`,
  };
}

/** Whether the line above ends with `|` or `>`, so that this line was meant as text. */
export function isUnderBlockMark(line: number, source: Source): boolean {
  for (let above = line - 1; above > 0; above -= 1) {
    const text = lineText(source, above);
    if (text.trim() !== '') return /(?:^|\s)[|>][-+\d]*\s*$/.test(text);
  }
  return false;
}

const SHOWN = 30;
const shorten = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

import type { Document, YAMLParseError } from 'yaml';
import type { Mistake } from '../report.ts';
import { explainColon } from './explain-colon.ts';
import { explainIndentation, tabIndentation } from './explain-indentation.ts';
import { explainUnclosed } from './explain-unclosed.ts';
import { lineOf, lineText, positionOf, type Source, type Span } from './source.ts';

/** Further mistakes are mostly echoes of the first ones. */
const MAX_SYNTAX_MISTAKES = 10;

/** What the original's parser accepts although YAML forbids it. */
const HARMLESS = 'Comments must be separated';

/** The errors that keep a document from being used. */
export function seriousErrors(document: Document.Parsed): YAMLParseError[] {
  return document.errors.filter((error) => !error.message.startsWith(HARMLESS));
}

/**
 * A document's syntax errors in our own words, echoes left out.
 *
 * One slip mostly gives several errors on its line and the next, so an error that begins on a line which an earlier
 * one covers is an echo.
 */
export function syntaxMistakes(document: Document.Parsed, source: Source): Mistake[] {
  const errors = seriousErrors(document).toSorted((a, b) => a.pos[0] - b.pos[0]);
  const mistakes: Mistake[] = [];
  let coveredLine = 0;
  for (const error of errors) {
    const isEcho = lineOf(source, error.pos[0]) <= coveredLine;
    coveredLine = Math.max(coveredLine, lineOf(source, error.pos[1]));
    if (isEcho) continue;
    const { mistake, coversRest } = explain(error, document, source);
    mistakes.push(mistake);
    if (coversRest || mistakes.length === MAX_SYNTAX_MISTAKES) break;
  }
  return mistakes;
}

interface Explanation {
  readonly mistake: Mistake;
  /** Nothing after it can be trusted. */
  readonly coversRest?: boolean;
}

function explain(error: YAMLParseError, document: Document.Parsed, source: Source): Explanation {
  const at = { start: error.pos[0], end: Math.max(error.pos[1], error.pos[0] + 1) };
  const unclosed = explainUnclosed(error, document, source);
  if (unclosed !== undefined) return { mistake: unclosed, coversRest: true };
  // The library has left the document here and takes everything after it for trouble.
  if (error.message.includes('in YAML stream'))
    return { mistake: explainPlainly(error, at, source), coversRest: true };
  switch (error.code) {
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'BAD_INDENT':
    case 'MISSING_CHAR':
      return { mistake: explainColon(at, source) ?? explainIndentation(at, source) };
    default:
      return { mistake: explainMisplaced(error, at, source) ?? explainPlainly(error, at, source) };
  }
}

/** Text that no value can go on with, at the beginning of a line: the line does not stand where it should. */
function explainMisplaced(error: YAMLParseError, at: Span, source: Source): Mistake | undefined {
  const isAtLineStart =
    lineText(source, lineOf(source, at.start))
      .slice(0, positionOf(source, at.start).column - 1)
      .trim() === '';
  const isAtNodeEnd = error.message.endsWith('at node end');
  return isAtNodeEnd && isAtLineStart ? explainIndentation(at, source) : undefined;
}

function explainPlainly(error: YAMLParseError, at: Span, source: Source): Mistake {
  const found = source.text.slice(at.start, at.end).trim();
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return tabIndentation(at);
    case 'BAD_SCALAR_START':
      return {
        code: 'reserved-character',
        message: `a value cannot begin with ${found}`,
        at,
        hint: 'put the value in quotes',
      };
    case 'BAD_DQ_ESCAPE':
      return {
        code: 'unknown-escape',
        message: `${source.text.slice(at.start, at.start + 2)} is not an escape inside double quotes`,
        at: { start: at.start, end: at.start + 2 },
        hint: 'use single quotes, or write \\\\ for a backslash',
      };
    case 'BAD_ALIAS':
      return {
        code: 'bad-alias',
        message: `${found} has no name`,
        at,
        hint: 'put a text that begins with & or * in quotes',
      };
    case 'KEY_OVER_1024_CHARS':
      return { code: 'long-key', message: 'a key may have at most 1024 characters', at };
    default:
      return error.message.startsWith('Block scalar header')
        ? explainBlockHeader(at)
        : explainUnexpected(found, at, source);
  }
}

function explainBlockHeader(at: Span): Mistake {
  return {
    code: 'bad-syntax',
    message: 'after "|" or ">" the text begins on the next line',
    at,
    hint: 'move this to the next line and indent it deeper than the key',
  };
}

function explainUnexpected(found: string, at: Span, source: Source): Mistake {
  const isAfterQuote = /["']\s*$/.test(source.text.slice(0, at.start));
  if (isAfterQuote) {
    return {
      code: 'text-after-quote',
      message: 'there is text after the closing quote',
      at,
      hint: 'put the whole value in quotes of the other kind: \'say "hi" twice\'',
    };
  }
  return {
    code: 'bad-syntax',
    message: found === '' ? 'this is not YAML' : `"${found.slice(0, 40)}" is not expected here`,
    at,
    hint: 'put text that holds special characters in quotes',
  };
}

import type { Document, YAMLParseError } from 'yaml';
import type { Mistake } from '../report.ts';
import { openingOf } from './reindent.ts';
import type { Source } from './source.ts';

/** A quote or a bracket that is never closed, told at the place where it opens. */
export function explainUnclosed(
  error: YAMLParseError,
  document: Document.Parsed,
  source: Source,
): Mistake | undefined {
  if (error.message.startsWith('Missing closing')) return unclosedQuote(error, document, source);
  if (error.message.startsWith('Flow ')) return unclosedBracket(error, document, source);
  if (error.message.startsWith('Missing , ')) return missingComma(error);
  return undefined;
}

function unclosedQuote(error: YAMLParseError, document: Document.Parsed, source: Source): Mistake {
  const at = openingOf(document, error.pos[0]) ?? error.pos[0];
  const quote = source.text[at] === "'" ? "'" : '"';
  return {
    code: 'unclosed-quote',
    message: `the quote ${quote} that opens here is never closed`,
    at: { start: at, end: at + 1 },
    hint: `add the closing ${quote}`,
  };
}

function unclosedBracket(error: YAMLParseError, document: Document.Parsed, source: Source): Mistake {
  const at = openingOf(document, error.pos[0]) ?? error.pos[0];
  const opening = source.text[at] === '{' ? '{' : '[';
  const closing = opening === '{' ? '}' : ']';
  return {
    code: 'unclosed-bracket',
    message: `the ${opening} that opens here is not closed with ${closing} before the next key`,
    at: { start: at, end: at + 1 },
    hint: `add the closing ${closing}, and indent it deeper than the key before the ${opening}`,
  };
}

function missingComma(error: YAMLParseError): Mistake {
  return {
    code: 'missing-comma',
    message: 'a comma is missing before this',
    at: { start: error.pos[0], end: error.pos[0] + 1 },
  };
}

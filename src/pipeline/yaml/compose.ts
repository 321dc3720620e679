import { Composer, type CST, type Document, Lexer, Parser } from 'yaml';
import type { Mistake } from '../report.ts';
import { MAX_DEPTH, MAX_QUOTED_WITH_MISTAKES, MAX_TOKENS } from './limits.ts';
import type { Span } from './source.ts';

/** What the YAML library made of a text, nothing judged yet. */
export interface Composed {
  /** The first document; absent: the text holds nothing but comments, or was refused. */
  readonly document?: Document.Parsed;
  /** Where a second document begins. */
  readonly secondDocument?: Span;
  /** Why the text was not read to its end. */
  readonly refused?: Mistake;
}

/**
 * Turns text into the library's nodes, with every plain scalar left as text.
 *
 * Nesting is counted while the text is cut into tokens, so that a file of a million brackets cannot exhaust the stack.
 */
export function composeYaml(text: string): Composed {
  const { tokens, refused } = readTokens(text);
  if (refused !== undefined) return { refused };
  // Plain scalars stay text under the failsafe schema; their meaning is decided in scalar-type.ts.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false });
  const first = composer.compose(tokens).next();
  if (first.done === true) return {};
  const second = tokens.filter((token) => token.type === 'document')[1];
  return {
    document: first.value,
    ...(second !== undefined && { secondDocument: { start: second.offset, end: second.offset + 3 } }),
  };
}

interface Tokens {
  readonly tokens: readonly CST.Token[];
  readonly refused?: Mistake;
}

function readTokens(text: string): Tokens {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    count += 1;
    const at = { start: parser.offset, end: parser.offset + lexeme.length };
    for (const token of parser.next(lexeme)) tokens.push(token);
    // One entry of the stack is the document itself.
    const refused = refuse(lexeme, at, parser.stack.length - 1, count);
    if (refused !== undefined) return { tokens, refused };
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens };
}

function refuse(lexeme: string, at: Span, depth: number, count: number): Mistake | undefined {
  if (depth > MAX_DEPTH) {
    return { code: 'too-deep', message: `lists and maps are nested more than ${MAX_DEPTH} deep`, at };
  }
  if (count > MAX_TOKENS) {
    return { code: 'file-too-large', message: `the file has more than ${MAX_TOKENS} words and signs`, at };
  }
  const wrongEscape =
    lexeme.length > MAX_QUOTED_WITH_MISTAKES && lexeme.startsWith('"') ? findWrongEscape(lexeme) : -1;
  if (wrongEscape === -1) return undefined;
  const start = at.start + wrongEscape;
  return {
    code: 'unknown-escape',
    message: 'this is not an escape inside double quotes',
    at: { start, end: start + 2 },
  };
}

const ESCAPE = /\\(?:[0abtnvfreN_LP \t"/\\\r\n]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8})|\\/g;

function findWrongEscape(lexeme: string): number {
  for (const match of lexeme.matchAll(ESCAPE)) {
    if (match[0].length === 1) return match.index;
  }
  return -1;
}

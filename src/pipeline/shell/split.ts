import { fail, ok, type Result } from '../../kernel/index.ts';

/**
 * Splits a command into words as a POSIX shell does: quotes, backslashes and `#` comments, but no expansion of any kind.
 *
 * The error is a sentence part: `the quote ' is not closed`.
 */
export function shellSplit(text: string): Result<string[], string> {
  const words: string[] = [];
  let word: string | undefined;
  let index = 0;
  while (index < text.length) {
    const character = text[index] ?? '';
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      index += 1;
    } else if (character === '#' && word === undefined) {
      index = endOfLine(text, index);
    } else {
      const piece = readPiece(text, index);
      if (!piece.ok) return piece;
      word = (word ?? '') + piece.value.text;
      index = piece.value.end;
    }
  }
  return ok(word === undefined ? words : [...words, word]);
}

interface Piece {
  readonly text: string;
  readonly end: number;
}

/** A quoted part, an escaped character or a plain one. */
function readPiece(text: string, start: number): Result<Piece, string> {
  switch (text[start]) {
    case "'":
      return readSingleQuoted(text, start);
    case '"':
      return readDoubleQuoted(text, start);
    case '\\': {
      if (start + 1 === text.length) return fail('it ends with a backslash');
      const escaped = text[start + 1] ?? '';
      return ok({ text: escaped === '\n' ? '' : escaped, end: start + 2 });
    }
    default:
      return ok({ text: text[start] ?? '', end: start + 1 });
  }
}

function readSingleQuoted(text: string, start: number): Result<Piece, string> {
  const end = text.indexOf("'", start + 1);
  return end === -1
    ? fail("the quote ' is not closed")
    : ok({ text: text.slice(start + 1, end), end: end + 1 });
}

function readDoubleQuoted(text: string, start: number): Result<Piece, string> {
  let content = '';
  for (let index = start + 1; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (character === '"') return ok({ text: content, end: index + 1 });
    const next = text[index + 1] ?? '';
    const isEscape = character === '\\' && '$`"\\\n'.includes(next) && next !== '';
    if (isEscape) index += 1;
    content += isEscape ? next.replace('\n', '') : character;
  }
  return fail('the quote " is not closed');
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

/**
 * Reads what shells print about themselves. All text here is latin1: one character a byte, so that nothing is lost.
 */

const ANSI: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

interface Piece {
  /** What the shell takes it for. */
  readonly text: string;
  /** Where the next piece begins. */
  readonly end: number;
}

function singleQuoted(raw: string, at: number): Piece {
  const close = raw.indexOf("'", at + 1);
  const end = close < 0 ? raw.length : close;
  return { text: raw.slice(at + 1, end), end: end + 1 };
}

function doubleQuoted(raw: string, at: number): Piece {
  let text = '';
  let i = at + 1;
  for (; i < raw.length && raw[i] !== '"'; i += 1) {
    if (raw[i] === '\\' && '"\\$`\n'.includes(raw[i + 1] ?? '-')) i += 1;
    text += raw[i] ?? '';
  }
  return { text, end: i + 1 };
}

/** `$'…'` as bash prints it: bytes in octal, the rest by name. */
function ansiQuoted(raw: string, at: number): Piece {
  let text = '';
  let i = at + 2;
  while (i < raw.length && raw[i] !== "'") {
    if (raw[i] !== '\\') {
      text += raw[i];
      i += 1;
      continue;
    }
    const octal = /^[0-7]{1,3}/.exec(raw.slice(i + 1, i + 4))?.[0];
    const next = raw[i + 1] ?? '';
    text += octal === undefined ? (ANSI[next] ?? next) : String.fromCharCode(Number.parseInt(octal, 8) % 256);
    i += 1 + (octal?.length ?? 1);
  }
  return { text, end: i + 1 };
}

function pieceAt(raw: string, at: number): Piece {
  const character = raw[at] ?? '';
  if (character === "'") return singleQuoted(raw, at);
  if (character === '"') return doubleQuoted(raw, at);
  if (character === '$' && raw[at + 1] === "'") return ansiQuoted(raw, at);
  if (character === '\\') return { text: raw[at + 1] ?? '', end: at + 2 };
  return { text: character, end: at + 1 };
}

/** Cuts text into statements at the line breaks that no quotes hold. */
export function splitStatements(raw: string): string[] {
  const statements: string[] = [];
  let start = 0;
  for (let at = 0; at < raw.length; ) {
    if (raw[at] !== '\n') {
      at = pieceAt(raw, at).end;
      continue;
    }
    if (at > start) statements.push(raw.slice(start, at));
    at += 1;
    start = at;
  }
  if (start < raw.length) statements.push(raw.slice(start));
  return statements;
}

/** What a quoted word means. */
export function unquote(raw: string): string {
  let text = '';
  for (let at = 0; at < raw.length; ) {
    const piece = pieceAt(raw, at);
    text += piece.text;
    at = piece.end;
  }
  return text;
}

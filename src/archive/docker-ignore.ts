import { escapeText, takenOnce } from './pattern-source.ts';

interface Rule {
  readonly expression: RegExp;
  readonly accepts: boolean;
}

/**
 * Reads a `.dockerignore`: what a build is not sent. Patterns are relative to the context, `**` stands for any number of
 * folders, `!` takes an entry back in, and of all patterns that match an entry or a folder above it the last one counts.
 * A pattern that cannot be read matches nothing.
 */
export function parseDockerIgnore(text: string): (path: string) => boolean {
  const rules = text.split('\n').flatMap((line) => parseRule(line.trim()));
  return (path) => {
    const parts = path.split('/');
    const last = rules.findLast((rule) => matches(rule, parts));
    return last !== undefined && !last.accepts;
  };
}

function parseRule(line: string): Rule[] {
  if (line === '' || line.startsWith('#')) return [];
  const accepts = line.startsWith('!');
  const parts = (accepts ? line.slice(1).trim() : line)
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (parts.length === 0) return [];
  try {
    return [{ expression: wholePath(parts.flatMap(partPieces)), accepts }];
  } catch {
    return [];
  }
}

/** Also where a folder above the entry matches. */
function matches({ expression }: Rule, parts: readonly string[]): boolean {
  return parts.some((_, index) => expression.test(`${parts.slice(0, index + 1).join('/')}/`));
}

/** What may stand for text of any length: within a part, across parts, any number of whole parts. */
const STARS = { part: '[^/]*', any: '.*', parts: '(?:[^/]+/)*' } as const;
const ACROSS: readonly string[] = [STARS.any, STARS.parts];

/** The pieces of one part of a pattern, with the slash behind it. */
function partPieces(part: string): string[] {
  if (part === '**') return [STARS.parts];
  const pieces = part.match(/\\.|\*+|\?|\[\^?\]?[^\]]*\]|./gsu) ?? [];
  return [...pieces.map(pieceSource), '/'];
}

/** First what only a `**` may stretch, then what each `*` may within that. */
function wholePath(pieces: readonly string[]): RegExp {
  let groups = 0;
  const once = (source: string): string => {
    groups += 1;
    return takenOnce(source, groups);
  };
  const withinParts = (run: readonly string[], isLast: boolean): string => {
    const [first = '', ...others] = splitAt(run, [STARS.part]).map(({ source }) => source);
    const last = isLast ? others.pop() : undefined;
    const between = others.map((each) => once(`${STARS.part}?${each}`));
    return `${first}${between.join('')}${last === undefined ? '' : STARS.part + last}`;
  };
  const [first, ...others] = splitAt(pieces, ACROSS);
  const last = others.pop();
  const between = others.map(({ star, run }) => once(`${star}?${withinParts(run, false)}`));
  const end = last === undefined ? '' : last.star + withinParts(last.run, true);
  const beginning = withinParts(first?.run ?? [], last === undefined);
  return new RegExp(`^${beginning}${between.join('')}${end}$`, 'su');
}

interface Run {
  /** What stands before it; of the first one nothing. */
  readonly star: string;
  readonly run: string[];
  readonly source: string;
}

function splitAt(pieces: readonly string[], stars: readonly string[]): Run[] {
  const runs: { star: string; run: string[] }[] = [{ star: '', run: [] }];
  for (const piece of pieces) {
    if (stars.includes(piece)) runs.push({ star: piece, run: [] });
    else runs.at(-1)?.run.push(piece);
  }
  return runs.map(({ star, run }) => ({ star, run, source: run.join('') }));
}

function pieceSource(piece: string): string {
  if (piece.startsWith('*')) return piece.length > 1 ? STARS.any : STARS.part;
  if (piece === '?') return '[^/]';
  if (piece.startsWith('[') && piece.length > 1) return piece.replaceAll('\\', '\\\\');
  const literal = piece.startsWith('\\') && piece.length > 1 ? piece.slice(1) : piece;
  return escapeText(literal);
}

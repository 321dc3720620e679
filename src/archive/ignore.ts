import { escapeText, takenOnce } from './pattern-source.ts';

/**
 * Whether an entry is left out. It is asked of an entry only when its folder was not left out.
 *
 * @param path - relative to the root, parts separated by `/`
 */
export type IgnoreMatcher = (path: string, isFolder: boolean) => boolean;

interface Rule {
  readonly parts: readonly RegExp[];
  readonly anchored: boolean;
  readonly foldersOnly: boolean;
}

/**
 * Reads an ignore file: one pattern per line, a part of gitignore's language.
 *
 * `#` begins a comment. `*`, `?` and `[…]` match inside of one path part. A leading `/` binds a pattern to the root;
 * without it the pattern matches at any depth, also when it has slashes inside. A trailing `/` means folders only.
 * `!` accepts: what one such line matches is kept, whatever the other lines say and wherever they stand. `**` is no more
 * than `*`. A pattern that cannot be read matches nothing.
 */
export function parseIgnore(text: string): IgnoreMatcher {
  const lines = text.split('\n').map((line) => line.trim());
  const patterns = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const accepted = patterns
    .filter((line) => line.startsWith('!'))
    .flatMap((line) => parseRule(line.slice(1)));
  const refused = patterns.filter((line) => !line.startsWith('!')).flatMap(parseRule);
  return (path, isFolder) => {
    const parts = path.split('/');
    const isMatch = (rule: Rule): boolean => matches(rule, parts, isFolder);
    return refused.some(isMatch) && !accepted.some(isMatch);
  };
}

function parseRule(pattern: string): Rule[] {
  const parts = pattern.split('/').filter((part) => part !== '');
  const expressions = parts.flatMap(partExpression);
  if (parts.length === 0 || expressions.length < parts.length) return [];
  return [{ parts: expressions, anchored: pattern.startsWith('/'), foldersOnly: pattern.endsWith('/') }];
}

function matches(rule: Rule, parts: readonly string[], isFolder: boolean): boolean {
  if (rule.foldersOnly && !isFolder) return false;
  const offset = parts.length - rule.parts.length;
  if (offset < 0 || (rule.anchored && offset > 0)) return false;
  return rule.parts.every((expression, index) => expression.test(parts[offset + index] ?? ''));
}

/** One path part as an expression; nothing when a bracket is not closed. */
function partExpression(part: string): RegExp[] {
  const pieces = part.match(/\\.|\*+|\?|\[[!^]?\]?(?:\\.|[^\]\\])*\]|[^\\*?[]+|./gsu) ?? [];
  const sources = pieces.map(pieceSource);
  if (sources.includes(undefined)) return [];
  try {
    return [wholePart(sources.filter((source) => source !== undefined))];
  } catch {
    // `[z-a]`: nothing is in the range.
    return [];
  }
}

const STAR = '.*';

function wholePart(sources: readonly string[]): RegExp {
  const runs = [''];
  for (const source of sources) {
    if (source === STAR) runs.push('');
    else runs.push(`${runs.pop()}${source}`);
  }
  const [first = '', ...others] = runs;
  const last = others.pop();
  const between = others.map((run, index) => takenOnce(`${STAR}?${run}`, index));
  return new RegExp(`^${first}${between.join('')}${last === undefined ? '' : STAR + last}$`, 'su');
}

function pieceSource(piece: string): string | undefined {
  if (piece.startsWith('*')) return STAR;
  if (piece === '?') return '.';
  if (piece === '[' || piece === '\\') return undefined;
  if (piece.startsWith('[')) return classSource(piece.slice(1, -1));
  return escapeText(piece.startsWith('\\') ? piece.slice(1) : piece);
}

function classSource(content: string): string {
  const negated = /^[!^]/.test(content);
  const members = (negated ? content.slice(1) : content).replaceAll(
    /\\(.)|[[\]^]/gsu,
    (whole, escaped?: string) => {
      const literal = escaped ?? whole;
      return /[[\]^\\-]/.test(literal) ? `\\${literal}` : literal;
    },
  );
  return `[${negated ? '^' : ''}${members}]`;
}

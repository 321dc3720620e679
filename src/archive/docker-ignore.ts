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
    return [{ expression: new RegExp(`^${parts.map(partSource).join('')}$`, 'su'), accepts }];
  } catch {
    return [];
  }
}

/** Also where a folder above the entry matches. */
function matches({ expression }: Rule, parts: readonly string[]): boolean {
  return parts.some((_, index) => expression.test(`${parts.slice(0, index + 1).join('/')}/`));
}

/** One part of a pattern, with the slash behind it. */
function partSource(part: string): string {
  if (part === '**') return '(?:[^/]+/)*';
  const pieces = part.match(/\\.|\*+|\?|\[\^?\]?[^\]]*\]|./gsu) ?? [];
  return `${pieces.map(pieceSource).join('')}/`;
}

function pieceSource(piece: string): string {
  if (piece.startsWith('*')) return piece.length > 1 ? '.*' : '[^/]*';
  if (piece === '?') return '[^/]';
  if (piece.startsWith('[') && piece.length > 1) return piece.replaceAll('\\', '\\\\');
  const literal = piece.startsWith('\\') && piece.length > 1 ? piece.slice(1) : piece;
  return literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

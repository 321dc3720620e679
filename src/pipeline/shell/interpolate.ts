/** A piece of text: taken as it is, or the name of a variable. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string };

/** Cuts a text at `$NAME` and `${NAME}`. Every other `$` is plain text. */
export function cutAtVariables(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(/\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})/g)) {
    if (match.index > end) pieces.push({ kind: 'text', text: text.slice(end, match.index) });
    pieces.push({ kind: 'variable', name: match[1] ?? match[2] ?? '' });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) });
  return pieces;
}

/**
 * Expands `$NAME` and `${NAME}` on this machine, for boxes, services and internal steps.
 *
 * A variable that `lookup` does not know becomes nothing. Any other `$` stays, as does one in a value put in.
 */
export function interpolate(text: string, lookup: (name: string) => string | undefined): string {
  return cutAtVariables(text)
    .map((piece) => (piece.kind === 'text' ? piece.text : (lookup(piece.name) ?? '')))
    .join('');
}

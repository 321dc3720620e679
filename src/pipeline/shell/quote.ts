import type { EnvironmentEntry } from '../environment.ts';
import { cutAtVariables } from './interpolate.ts';

/** A text as one word of a POSIX shell that means exactly this text, byte for byte. It must not hold a NUL. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * `export NAME=…` for any POSIX shell.
 *
 * With `expand`, `$NAME` and `${NAME}` take the value that the variable has there, or nothing when it is not set, also
 * under `set -u`. All else arrives as it is: line breaks, `$(…)`, backticks, backslashes.
 */
export function exportStatement({
  name,
  value,
  expand,
}: Pick<EnvironmentEntry, 'name' | 'value' | 'expand'>): string {
  return `export ${name}=${expand ? quoteWithVariables(value) : shellQuote(value)}`;
}

/** A text as one shell word in which `$NAME` and `${NAME}` take the values that the variables have there. */
export function quoteWithVariables(value: string): string {
  const pieces = cutAtVariables(value);
  if (pieces.length === 0) return "''";
  return pieces
    .map((piece) => (piece.kind === 'text' ? shellQuote(piece.text) : `"\${${piece.name}-}"`))
    .join('');
}

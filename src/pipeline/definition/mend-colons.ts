import type { Diagnostic } from '../../kernel/index.ts';
import { rangeOf, type Source } from '../yaml/source.ts';

/** Each mended text may show the next slip; more of them in one file is no slip any more. */
export const MAX_MENDS = 10;

/** A text with colons put in, and where: offsets into the text as it was written, in order. */
export interface Mended {
  readonly text: string;
  readonly colons: readonly number[];
}

/**
 * The text with the colons put in that are missing, where nothing else keeps it from being read: so that the other
 * mistakes of the file can be told in the same go.
 */
export function mendColons(source: Source, diagnostics: readonly Diagnostic[]): Mended | undefined {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const places = errors.flatMap(({ code, range }) =>
    code === 'missing-colon' && range ? [range.end.offset] : [],
  );
  if (places.length === 0 || places.length < errors.length) return undefined;
  const colons = [...new Set(places)].toSorted((a, b) => a - b);
  const text = colons.reduceRight((mended, at) => `${mended.slice(0, at)}:${mended.slice(at)}`, source.text);
  return { text, colons };
}

/** A mistake of the mended text at its place in the text as it was written. */
export function atOriginalPlace(diagnostic: Diagnostic, { colons }: Mended, source: Source): Diagnostic {
  const { range } = diagnostic;
  if (range === undefined) return diagnostic;
  const original = (offset: number): number =>
    offset - colons.filter((colon, i) => colon + i < offset).length;
  const span = { start: original(range.start.offset), end: original(range.end.offset) };
  return { ...diagnostic, range: rangeOf(source, span) };
}

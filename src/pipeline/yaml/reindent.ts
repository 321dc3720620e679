import { type Document, isCollection, isScalar, visit, type YAMLParseError } from 'yaml';
import { endOfFlow, endOfQuoted } from './flow-end.ts';
import { createSource, lineOf, lineText, type Source, type Span } from './source.ts';

/** A text with spaces put before some of its lines, for which the original text is kept. */
export interface Reindented {
  readonly source: Source;
  readonly original: Source;
  /** By line: how many spaces were put before it. */
  readonly added: ReadonlyMap<number, number>;
  /** Where in the original text the quotes and brackets open whose lines were moved. */
  readonly moved: ReadonlySet<number>;
}

export const notReindented = (source: Source): Reindented => ({
  source,
  original: source,
  added: new Map(),
  moved: new Set(),
});

/**
 * Moves the lines of a quoted text or of a bracket to the right of where it opens; undefined when the errors are others,
 * or when nothing closes it or its lines were moved before.
 *
 * YAML wants such lines indented deeper than their key. The original's parser does not care, and the spaces mean nothing.
 */
export function reindent(from: Reindented, document: Document.Parsed): Reindented | undefined {
  const { text } = from.source;
  const error = document.errors.find(isAboutIndentation);
  const start = error && openingOf(document, error.pos[0]);
  if (start === undefined || from.moved.has(originalOffset(from, start))) return undefined;
  const isFlow = text[start] === '[' || text[start] === '{';
  const end = isFlow ? endOfFlow(text, start) : endOfQuoted(text, start);
  return end === undefined ? undefined : moveLines(from, { start, end });
}

/** Where in the original text an offset of the reindented one is. */
export function originalOffset({ source, original, added }: Reindented, offset: number): number {
  if (added.size === 0) return offset;
  const line = lineOf(source, offset);
  const column = offset - (source.lineStarts[line - 1] ?? 0);
  return (original.lineStarts[line - 1] ?? 0) + Math.max(0, column - (added.get(line) ?? 0));
}

const isAboutIndentation = ({ message }: YAMLParseError): boolean =>
  message.startsWith('Missing closing') || message.startsWith('Flow ');

/** Where the quoted text or the bracket opens whose end the library misses at `offset`. */
export function openingOf(document: Document.Parsed, offset: number): number | undefined {
  let found: number | undefined;
  visit(document, {
    Node(_, node) {
      if (!isScalar(node) && !isCollection(node)) return;
      const isFlow = isCollection(node) && node.flow === true;
      const isQuoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE');
      const [start, end] = node.range ?? [offset, offset];
      if (start < offset && ((isFlow && end <= offset) || (isQuoted && end >= offset))) found = start;
    },
  });
  return found;
}

function moveLines(from: Reindented, { start, end }: Span): Reindented {
  const { source, original, added } = from;
  const first = lineOf(source, start);
  const spaces = start - (source.lineStarts[first - 1] ?? 0) + 1;
  const more = new Map(added);
  for (let line = first + 1; line <= lineOf(source, end - 1); line += 1) {
    more.set(line, (more.get(line) ?? 0) + spaces);
  }
  const lines = original.lineStarts.map(
    (_, index) => ' '.repeat(more.get(index + 1) ?? 0) + lineText(original, index + 1),
  );
  const moved = new Set([...from.moved, originalOffset(from, start)]);
  return { source: createSource(original.file, lines.join('\n')), original, added: more, moved };
}

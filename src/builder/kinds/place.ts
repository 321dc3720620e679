import type { Diagnostic, Position } from '../../kernel/index.ts';
import type { Kind } from './kind.ts';

/** Line and column of an offset. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  let line = 1;
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line += 1;
  return { line, column: offset - lastBreak, offset };
}

/** What is wrong in a requirement file, and where. */
export interface Mistake {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** From which offset on, and how many signs. Absent: the whole file is meant. */
  readonly offset?: number;
  readonly length?: number;
}

/** A mistake as people are told of it. */
export function diagnose(kind: Kind, text: string, mistake: Mistake): Diagnostic {
  const { offset, length = 1, ...rest } = mistake;
  const file = kind.requirementFile;
  if (offset === undefined) return { severity: 'error', file, ...rest };
  const range = { start: positionAt(text, offset), end: positionAt(text, offset + length) };
  return { severity: 'error', file, range, ...rest };
}

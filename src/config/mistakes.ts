import { LineCounter } from 'yaml';
import type { Diagnostic, Position } from '../kernel/index.ts';

/** Offsets into a file's text, `end` not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Mistake {
  readonly code: string;
  /** One sentence. It repeats no value: that may be a secret. */
  readonly message: string;
  readonly at?: Span;
  readonly hint?: string;
}

/** Collects the mistakes of one file, and which parts of its text nobody may see. */
export interface Mistakes {
  readonly lines: LineCounter;
  add(mistake: Mistake): void;
  hide(span: Span): void;
  /** The text with what is hidden blotted out: as long as it was, its lines where they were. */
  shownText(): string;
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

// What does not parse may hold a secret all the same.
const SECRET_LINE = /^(.*(?:key|secret|token|pass|credential)[^:\n]*:[ \t]*)(\S.*)$/gim;

const blot = (text: string): string => text.replace(/[^\r\n]/g, '*');

/** Further ones are left out: no person writes so many. */
const MAX_MISTAKES = 50;

export function collectMistakes(file: string, text: string): Mistakes {
  const lines = new LineCounter();
  const found: Diagnostic[] = [];
  const hidden: Span[] = [];
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line: Math.max(1, line), column: Math.max(1, col), offset };
  };
  return {
    lines,
    add({ code, message, at, hint }) {
      if (found.length >= MAX_MISTAKES) return;
      const range = at && { start: positionOf(at.start), end: positionOf(Math.max(at.end, at.start + 1)) };
      found.push({
        severity: 'error',
        code,
        message,
        file,
        ...(range !== undefined && { range }),
        ...(hint !== undefined && { hint }),
      });
    },
    hide: (span) => hidden.push(span),
    shownText() {
      let shown = text;
      for (const { start, end } of hidden)
        shown = shown.slice(0, start) + blot(shown.slice(start, end)) + shown.slice(end);
      if (!found.some(({ code }) => code === 'yaml')) return shown;
      return shown.replace(SECRET_LINE, (_, before: string, value: string) => before + blot(value));
    },
    get diagnostics() {
      return found.toSorted((a, b) => (a.range?.start.offset ?? -1) - (b.range?.start.offset ?? -1));
    },
  };
}

import type { Diagnostic } from '../kernel/index.ts';
import { rangeOf, type Source, type Span } from './yaml/source.ts';

/** Enough for a person; a hostile file could hold a hundred thousand. */
export const MAX_DIAGNOSTICS = 100;

export interface Mistake {
  readonly code: string;
  readonly message: string;
  /** Absent: the whole file. */
  readonly at?: Span;
  readonly hint?: string | undefined;
}

/** Collects the mistakes of one file. */
export interface Report {
  readonly source: Source;
  error(mistake: Mistake): void;
  warn(mistake: Mistake): void;
  /** The same collection, for what belongs to one pipeline: its errors leave other pipelines alone. */
  within(pipeline: string): Report;
  /** The same collection, for what belongs to one workflow: its errors leave every pipeline alone. */
  withinWorkflow(workflow: string): Report;
  /** A collection of its own for the same file. */
  separate(): Report;
  /** Takes over what another collection found. */
  add(diagnostics: readonly Diagnostic[]): void;
  readonly diagnostics: readonly Diagnostic[];
  readonly hasErrors: boolean;
}

type Scope = Pick<Diagnostic, 'pipeline' | 'workflow'>;

export function createReport(source: Source, scope: Scope = {}, diagnostics: Diagnostic[] = []): Report {
  const push = (severity: Diagnostic['severity'], { code, message, at, hint }: Mistake) => {
    diagnostics.push({
      severity,
      code,
      message,
      file: source.file,
      ...(at !== undefined && { range: rangeOf(source, at) }),
      ...(hint !== undefined && { hint }),
      ...scope,
    });
  };
  return {
    source,
    error: (mistake) => push('error', mistake),
    warn: (mistake) => push('warning', mistake),
    within: (pipeline) => createReport(source, { pipeline }, diagnostics),
    withinWorkflow: (workflow) => createReport(source, { workflow }, diagnostics),
    separate: () => createReport(source, scope),
    add: (found) => {
      for (const diagnostic of found) diagnostics.push(diagnostic);
    },
    diagnostics,
    get hasErrors() {
      return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
    },
  };
}

/** In the order of the file, the same mistake once; errors before warnings where there are too many to show. */
export function finishReport(report: Report): Diagnostic[] {
  const all = withoutRepeats(report.diagnostics);
  if (all.length <= MAX_DIAGNOSTICS) return all.toSorted(byPlace);
  const errors = all.filter((diagnostic) => diagnostic.severity === 'error');
  const warnings = all.filter((diagnostic) => diagnostic.severity === 'warning');
  const shown = [...errors, ...warnings].slice(0, MAX_DIAGNOSTICS).toSorted(byPlace);
  return [...shown, furtherMistakes(report.source.file, all.length - MAX_DIAGNOSTICS)];
}

function withoutRepeats(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter(({ code, message, range, pipeline }) => {
    const key = JSON.stringify([code, message, range?.start.offset, pipeline]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (a.range?.start.offset ?? -1) - (b.range?.start.offset ?? -1);
}

function furtherMistakes(file: string, count: number): Diagnostic {
  return {
    severity: 'warning',
    code: 'more-mistakes',
    message: `${count} more ${count === 1 ? 'mistake is' : 'mistakes are'} not shown`,
    file,
  };
}

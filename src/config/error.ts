import type { Diagnostic } from '../kernel/index.ts';

/** The configuration file cannot be used: every mistake in it with its place. Nothing was done. */
export class ConfigurationError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  /** The file's text with what may be secret blotted out, for excerpts. Absent where it could not be read. */
  readonly source: string | undefined;

  constructor(diagnostics: readonly Diagnostic[], source?: string) {
    const [first, ...more] = diagnostics;
    const place = first?.range === undefined ? '' : `:${first.range.start.line}:${first.range.start.column}`;
    const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
    super(`${first?.file}${place}: ${first?.message}${others}`);
    this.name = 'ConfigurationError';
    this.diagnostics = diagnostics;
    this.source = source;
  }
}

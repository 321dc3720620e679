import { type Diagnostic, formatDiagnostic } from '../kernel/index.ts';

/** The configuration cannot be used. The message shows every mistake with its place; no secret is in it. */
export class ConfigurationError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  /** `source`: the file's text with what may be secret blotted out, for excerpts. */
  constructor(diagnostics: readonly Diagnostic[], source?: string) {
    const count = diagnostics.length === 1 ? 'a mistake' : `${diagnostics.length} mistakes`;
    const shown = diagnostics.map((each) => formatDiagnostic(each, source, { colour: false }));
    super(`the configuration has ${count}\n${shown.join('\n')}`);
    this.name = 'ConfigurationError';
    this.diagnostics = diagnostics;
  }
}

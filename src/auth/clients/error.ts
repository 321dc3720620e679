import { type Diagnostic, formatDiagnostic } from '../../kernel/index.ts';

/** A file of clients cannot be used. The message tells every mistake with its place; no token is in it. */
export class ClientsError extends Error {
  override readonly name = 'ClientsError';
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const count = diagnostics.length === 1 ? 'a mistake' : `${diagnostics.length} mistakes`;
    // Without an excerpt: the line may hold a token.
    const shown = diagnostics.map((each) => formatDiagnostic(each, undefined, { colour: false }));
    super(`the clients have ${count}\n${shown.join('\n')}`);
    this.diagnostics = diagnostics;
  }
}

/** The whole file cannot be used. */
export const refuseFile = (file: string, code: string, message: string, hint?: string): ClientsError =>
  new ClientsError([{ severity: 'error', code, message, file, ...(hint !== undefined && { hint }) }]);

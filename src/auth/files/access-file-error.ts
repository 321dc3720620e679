import { type Diagnostic, formatDiagnostic } from '../../kernel/index.ts';

/** A file that says who may call cannot be used. The message tells every mistake with its place; no token is in it. */
export class AccessFileError extends Error {
  override readonly name = 'AccessFileError';
  readonly diagnostics: readonly Diagnostic[];

  /** `what` is in the file: `clients`, `users`. */
  constructor(what: string, diagnostics: readonly Diagnostic[]) {
    const count = diagnostics.length === 1 ? 'a mistake' : `${diagnostics.length} mistakes`;
    // Without an excerpt: the line may hold a token.
    const shown = diagnostics.map((each) => formatDiagnostic(each, undefined, { colour: false }));
    super(`the ${what} have ${count}\n${shown.join('\n')}`);
    this.diagnostics = diagnostics;
  }
}

/** Which file, and what its list is of. */
export interface ListedIn {
  readonly file: string;
  readonly what: string;
}

/** The whole file cannot be used. */
export const refuseFile = (
  { file, what }: ListedIn,
  { code, message, hint }: { readonly code: string; readonly message: string; readonly hint?: string },
): AccessFileError =>
  new AccessFileError(what, [
    { severity: 'error', code, message, file, ...(hint !== undefined && { hint }) },
  ]);

/**
 * - `ABORTED`: the caller's signal said so.
 * - `CACHE`: the folder that steps are kept in cannot be read or written; the cause says why.
 */
export type StepErrorCode = 'ABORTED' | 'CACHE';

/** Trouble that is not about a step. Callers branch on `code`, never on the message. */
export class StepError extends Error {
  readonly code: StepErrorCode;

  constructor(code: StepErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StepError';
    this.code = code;
  }
}

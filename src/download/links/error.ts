/**
 * - `BAD_KEYS`: what links are signed with cannot be read.
 */
export type LinkErrorCode = 'BAD_KEYS';

/** Trouble with what links are signed with. Callers branch on `code`. */
export class LinkError extends Error {
  readonly code: LinkErrorCode;

  constructor(code: LinkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LinkError';
    this.code = code;
  }
}

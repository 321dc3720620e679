/**
 * - `BAD_TLS`: certificate and key cannot be used.
 * - `CANNOT_LISTEN`: the address or the port cannot be had.
 */
export type ServerErrorCode = 'BAD_TLS' | 'CANNOT_LISTEN';

/** A server that cannot start. Callers branch on `code`; the message is for the person who started it. */
export class ServerError extends Error {
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ServerError';
    this.code = code;
  }
}

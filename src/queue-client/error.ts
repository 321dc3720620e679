/** Why a call to the queue's server failed. */
export class QueueClientError extends Error {
  override readonly name = 'QueueClientError';
  /** Of HTTP; absent: no answer came. */
  readonly status: number | undefined;
  /** As the server names it: `RequestConflict`. */
  readonly code: string | undefined;
  /** What to do. */
  readonly hint: string | undefined;

  constructor(
    message: string,
    options: { status?: number; code?: string; hint?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.status = options.status;
    this.code = options.code;
    this.hint = options.hint;
  }
}

/** Why a call to an image builder failed. */
export class BuilderClientError extends Error {
  override readonly name = 'BuilderClientError';
  /** Of HTTP; absent: no answer came. */
  readonly status: number | undefined;
  /** The server has no such route: it is the original, or another program altogether. */
  readonly isUnknownRoute: boolean;
  /** What to do. */
  readonly hint: string | undefined;

  constructor(
    message: string,
    options: { status?: number; isUnknownRoute?: boolean; hint?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.status = options.status;
    this.isUnknownRoute = options.isUnknownRoute ?? false;
    this.hint = options.hint;
  }
}

/** Why a request is refused, in the words of the contract. */
export class RouteError extends Error {
  override readonly name = 'RouteError';
  readonly status: number;
  /** More than the contract's sentence, for people. */
  readonly detail?: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    more: {
      readonly detail?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.status = status;
    if (more.detail !== undefined) this.detail = more.detail;
    this.headers = more.headers ?? {};
  }
}

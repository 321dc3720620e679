/**
 * Why a request for a download is not answered with one. A code of its own for each status: the server's table says which.
 */
export type RefusalCode =
  | 'BAD_REQUEST'
  /** It needs a token or a signed link, and has neither. */
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  /** Nothing is there, or nothing that may be served: the two look the same. */
  | 'NOT_FOUND'
  | 'WRONG_METHOD'
  | 'CONFLICT'
  /** It was there. */
  | 'GONE'
  /** Others have all that there is of something: it may be asked for again. */
  | 'BUSY'
  /** Whoever asks has as much of something as one may have. */
  | 'TOO_MANY';

/** A request that is refused. The message goes to whoever asked: nothing of this machine is in it. */
export class DownloadRefusal extends Error {
  readonly code: RefusalCode;
  /** More headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: RefusalCode,
    message: string,
    options: ErrorOptions & { readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, options);
    this.name = 'DownloadRefusal';
    this.code = code;
    this.headers = options.headers ?? {};
  }
}

/** The codes of the Queue API's error form; the server's table gives each its status. */
export type QueueErrorCode =
  | 'MalformedPayload'
  | 'InvalidRequestArguments'
  | 'InputValidationError'
  | 'InputError'
  | 'NoMatchingBackend'
  | 'AuthenticationFailed'
  | 'InsufficientScopes'
  | 'ResourceNotFound'
  | 'NoMatchingMethod'
  | 'RequestConflict'
  | 'ResourceExpired'
  | 'InputTooLarge'
  | 'TooManyRequests';

/** Why the queue refuses a request; the message goes to the client as it is. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
  readonly code: QueueErrorCode;
  /** When it may be asked again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: QueueErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterSeconds?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

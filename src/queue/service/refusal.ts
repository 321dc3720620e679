import { AuthError } from '../../auth/index.ts';
import { DatabaseError } from '../../database/index.ts';
import { StoreError } from '../../store/index.ts';
import { QueueError, type QueueErrorCode } from '../error.ts';
import { NO_ROOM, storeRefusal } from './store-refusal.ts';

/** What a client is told of an error. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const STATUSES: Readonly<Record<QueueErrorCode, number>> = {
  MalformedPayload: 400,
  InvalidRequestArguments: 400,
  InputValidationError: 400,
  InputError: 400,
  NoMatchingBackend: 400,
  AuthenticationFailed: 401,
  InsufficientScopes: 403,
  ResourceNotFound: 404,
  NoMatchingMethod: 406,
  RequestConflict: 409,
  ResourceExpired: 410,
  InputTooLarge: 413,
  TooManyRequests: 429,
};

const refuse = (code: QueueErrorCode, message: string): Refusal => ({
  status: STATUSES[code],
  code,
  message,
});

const queueRefusal = ({ code, message, retryAfterSeconds: seconds }: QueueError): Refusal => ({
  ...refuse(code, message),
  ...(seconds !== undefined && { headers: { 'retry-after': String(seconds) } }),
});

const INTERNAL = 'Something failed in the server, and nothing more is told here.';

// Whoever asks again finds it settled: every method may be repeated.
const LATER: Refusal = {
  status: 503,
  code: 'InternalServerError',
  message: 'The database of the queue cannot be reached now. Whether this was done is not known: try again.',
  headers: { 'retry-after': '1' },
};

/** The one table of errors of the services: what each becomes on the wire. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof QueueError) return queueRefusal(error);
  if (error instanceof AuthError) return refuse(error.code, error.message);
  if (error instanceof StoreError) return storeRefusal(error);
  if (error instanceof DatabaseError && error.code === 'UNAVAILABLE') return LATER;
  if (error instanceof DatabaseError && error.code === 'NO_SPACE') return NO_ROOM;
  return frameworkRefusal(error) ?? { status: 500, code: 'InternalServerError', message: INTERNAL };
}

/** What the framework refuses has a status of its own. */
function frameworkRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof Error && 'statusCode' in error)) return undefined;
  if (error.statusCode === 413) return refuse('InputTooLarge', 'The body is larger than 10 MB.');
  // 415: a content type that is no media type at all.
  if (error.statusCode === 400 || error.statusCode === 415)
    return refuse('MalformedPayload', 'The body is not as its headers say.');
  return undefined;
}

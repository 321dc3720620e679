import { StoreError } from '../error.ts';
import { parseJson, readText } from './answers.ts';
import type { HttpAnswer } from './exchange.ts';
import { ServiceError } from './schema.ts';

/** The service's own no: another try of the same call would be answered the same. */
export interface Refusal {
  readonly status: number;
  /** As the service names it; absent where its answer has no body that says so. */
  readonly code?: string;
  /** For messages: the status, the code, and what the service's operators find the request by. */
  readonly text: string;
  /** How far this machine's clock is ahead of the service's, where that can be why. */
  readonly skewMs?: number;
}

const MAX_ERROR_BYTES = 64 * 1024;
const REQUEST_ID = /^[\w:./=+-]{1,200}$/;

/**
 * Reads what is said with a status. The service's own sentences stay out of messages, since nobody promises that they
 * never repeat what was sent. Throws `ExchangeError`.
 */
export async function readRefusal(answer: HttpAnswer, now: number): Promise<Refusal> {
  const said = ServiceError.safeParse(parseJson(await readText(answer, MAX_ERROR_BYTES)));
  const id = answer.header('opc-request-id') ?? '';
  const date = Date.parse(answer.header('date') ?? '');
  const text = [
    String(answer.status),
    said.data?.code,
    REQUEST_ID.test(id) ? `(opc-request-id ${id})` : undefined,
  ];
  return {
    status: answer.status,
    ...(said.success && { code: said.data.code }),
    text: text.filter((part) => part !== undefined).join(' '),
    ...(Number.isFinite(date) && { skewMs: now - date }),
  };
}

/** Passes by itself: too many requests, the service's own trouble, two who write one object. */
export const isTransient = ({ status, code }: Refusal): boolean =>
  status >= 500 ||
  status === 408 ||
  status === 429 ||
  (status === 409 && code === 'ConcurrentObjectUpdate') ||
  code === 'UnmatchedContentMD5'; // bytes that changed on the way

/** `what` says what was attempted, on what. */
export function storeError(refusal: Refusal, what: string): StoreError {
  const { status, code, text } = refusal;
  const isBucket = code === 'BucketNotFound' || code === 'NamespaceNotFound';
  if (isBucket)
    return new StoreError(
      'NO_STORE',
      `${what}: the bucket is not there, or this key may not see it: ${text}`,
    );
  if (status === 401 || status === 403 || code === 'NotAuthorizedOrNotFound')
    return new StoreError('FORBIDDEN', `${what}: the store refuses: ${text}${clockHint(refusal)}`);
  if (code === 'UnmatchedContentMD5')
    return new StoreError('DIGEST_MISMATCH', `${what}: other bytes arrived than were sent: ${text}`);
  if (status === 413 || code === 'QuotaExceeded' || code === 'LimitExceeded' || status === 507)
    return new StoreError('NO_SPACE', `${what}: the store has no room for it: ${text}`);
  if (isTransient(refusal)) return new StoreError('UNAVAILABLE', `${what}: the store answers ${text}`);
  return new StoreError('PROTOCOL', `${what}: the store answers ${text}`);
}

const MAX_SKEW_MS = 4 * 60_000; // the service takes five minutes

function clockHint({ status, skewMs }: Refusal): string {
  if (status !== 401 || skewMs === undefined || Math.abs(skewMs) < MAX_SKEW_MS) return '';
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  return `; this machine's clock is ${minutes} minutes ${skewMs > 0 ? 'ahead of' : 'behind'} the store's`;
}

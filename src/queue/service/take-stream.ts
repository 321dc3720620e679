import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../auth/index.ts';
import type { StreamShares } from '../../kernel/index.ts';
import { QueueError } from '../error.ts';

const RETRY_AFTER_SECONDS = 5;

/** A stream for a caller, until it is disposed. Throws `QueueError` where they have as many as one may have. */
export function takeStream(
  shares: StreamShares,
  request: IncomingMessage,
  { clientId }: Pick<Caller, 'clientId'>,
): Disposable {
  const isNobody = clientId === 'anonymous';
  const taken = shares.take(request, isNobody ? undefined : clientId);
  if (taken !== undefined) return taken;
  const who = isNobody ? 'Your address' : `The client ${clientId}`;
  throw new QueueError(
    'TooManyRequests',
    `${who} follows ${shares.most} logs and streams of changes already: end some of them first.`,
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}

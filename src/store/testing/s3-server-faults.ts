import type { ServerResponse } from 'node:http';
import type { S3Reply } from './s3-server-objects.ts';
import type { S3Operation } from './s3-server-request.ts';

/** What goes wrong with a request. */
export type S3Fault =
  /** It is answered with an error: `503` and `SlowDown`, `500` and `InternalError`. */
  | { readonly type: 'refuse'; readonly status: number; readonly code: string }
  /** Something else than S3 answers, as a proxy before it does. */
  | { readonly type: 'page'; readonly status: number }
  /** The connection is reset before an answer; what was asked is not done, or done all the same. */
  | { readonly type: 'reset'; readonly done?: boolean }
  /** No answer ever comes. */
  | { readonly type: 'stall' }
  /** The body of the answer breaks off, or stops coming. */
  | { readonly type: 'cut' | 'stall-body'; readonly afterBytes: number }
  /** One byte of the answer's body is another one. */
  | { readonly type: 'corrupt' };

export interface S3FaultPlan {
  readonly fault: S3Fault;
  /** Absent: whatever is asked. */
  readonly on?: S3Operation;
  /** How often. @defaultValue for ever */
  readonly times?: number;
}

/** The faults that are to come, each used up as often as it says. */
export class S3Faults {
  #plans: { readonly plan: S3FaultPlan; left: number }[] = [];

  add(plan: S3FaultPlan): void {
    this.#plans.push({ plan, left: plan.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#plans = [];
  }

  next(operation: S3Operation): S3Fault | undefined {
    const found = this.#plans.find(({ plan, left }) => left > 0 && (plan.on ?? operation) === operation);
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.plan.fault;
  }
}

/** Sends an answer, or what a fault makes of it. */
export function sendReply(
  response: ServerResponse,
  reply: S3Reply,
  { fault, isHead }: { readonly fault: S3Fault | undefined; readonly isHead: boolean },
): void {
  const body = Buffer.from(reply.body ?? '');
  const length = reply.status === 204 || reply.status === 304 ? {} : { 'Content-Length': body.length };
  response.writeHead(reply.status, { ...reply.headers, ...length });
  if (isHead) return void response.end();
  if (fault?.type === 'corrupt') return void response.end(corrupted(body));
  if (fault?.type !== 'cut' && fault?.type !== 'stall-body') return void response.end(body);
  response.write(body.subarray(0, fault.afterBytes), () => {
    if (fault.type === 'cut') response.destroy();
  });
}

function corrupted(body: Buffer): Buffer {
  const other = Buffer.from(body);
  const middle = Math.floor(other.length / 2);
  if (other.length > 0) other[middle] = (other[middle] ?? 0) ^ 1;
  return other;
}

import { type SignOptions, signRequest } from '../auth/index.ts';
import { withRetries } from '../kernel/index.ts';
import { type Answer, type Connections, NoAnswer } from './connections.ts';
import { QueueClientError } from './error.ts';
import type { QueueClientOptions } from './queue-client.ts';
import { foreign, refusalOf } from './refusal.ts';

/** A call of a service's method. */
export interface ServiceCall {
  /** As the contract names it, for messages: `claimWork`. */
  readonly name: string;
  readonly verb: 'GET' | 'POST' | 'PUT';
  /** Behind the root URL, with its query; encoded. */
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** An abort lets what was sent come to its answer, and only sends nothing more. @defaultValue false */
  readonly isFinished?: boolean;
  /** More headers, of each try; 1 is the first. Then every try is one of its own, also where an idle connection was closed. */
  readonly headers?: (attempt: number) => Readonly<Record<string, string>>;
  /** Tries after the first one. @defaultValue the client's */
  readonly retries?: number;
}

/** Asks a server, again where that may help. */
export type Call = (call: ServiceCall) => Promise<unknown>;

const DEFAULT_RETRIES = 5;
const DEFAULT_TIMEOUT_MS = 30_000; // the server lets 20 s pass before it answers that there is no work
const MAX_PAUSE_MS = 30_000;
const NEVER = new AbortController().signal;

const mayPass = (status: number): boolean => status >= 500 || status === 429;

/** An attempt whose answer may be another one soon. */
class Passing extends Error {
  readonly error: QueueClientError;
  readonly pauseMs: number;

  constructor(error: QueueClientError, pauseMs: number) {
    super(error.message);
    this.error = error;
    this.pauseMs = pauseMs;
  }
}

/** The pauses before further attempts; each is made somewhat longer or shorter. */
const pausesMs = (retries: number): readonly number[] =>
  Array.from({ length: retries }, (_, n) => Math.min(100 * 2 ** (n + 1), MAX_PAUSE_MS));

/** What signs now; `undefined` where nothing does. Throws `QueueClientError` for credentials that can sign nothing. */
export function signing({ credentials, authorizedScopes }: QueueClientOptions): SignOptions | undefined {
  const current = credentials?.();
  if (current === undefined) return undefined;
  if (!/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(current.clientId))
    throw new QueueClientError('the clientId is no name of a client', {
      hint: 'expected printable characters without quotes and backslashes (TASKCLUSTER_CLIENT_ID)',
    });
  return { credentials: current, ...(authorizedScopes !== undefined && { authorizedScopes }) };
}

/** The header that signs a request; none where nothing signs. */
export function authorization(
  method: string,
  url: URL,
  options: QueueClientOptions,
): { readonly authorization?: string } {
  const signer = signing(options);
  if (signer === undefined) return {};
  try {
    return { authorization: signRequest(method, url, signer) };
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new QueueClientError(cause.message, { hint: 'check TASKCLUSTER_CERTIFICATE', cause });
  }
}

export function createCall(connections: Connections, options: QueueClientOptions): Call {
  const { rootUrl, retries = DEFAULT_RETRIES, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  return async (call) => {
    const retryPausesMs = pausesMs(call.retries ?? retries);
    let attempts = 0;
    const url = new URL(rootUrl + call.path);
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const attempt = async (): Promise<unknown> => {
      attempts += 1;
      // Signed anew each time: clocks go on, and credentials may have been renewed.
      const answer = await passing(
        connections.send({
          method: call.verb,
          url,
          headers: {
            ...(body !== undefined && {
              'content-type': 'application/json',
              'content-length': String(Buffer.byteLength(body)),
            }),
            ...authorization(call.verb, url, options),
            ...call.headers?.(attempts),
          },
          isCounted: call.headers !== undefined,
          ...(body !== undefined && { body }),
          signal: call.isFinished ? undefined : call.signal,
          timeoutMs: call.timeoutMs ?? timeoutMs,
        }),
      );
      return valueIn(call.name, url, answer);
    };
    try {
      return await withRetries(
        { retryPausesMs, onNotice: () => {}, signal: call.signal ?? NEVER },
        retryOf,
        attempt,
      );
    } catch (error) {
      throw error instanceof Passing ? error.error : error;
    }
  };
}

const retryOf = (error: unknown) =>
  error instanceof Passing ? { message: error.message, pauseMs: error.pauseMs } : undefined;

/** No answer at all may be another one soon. */
async function passing(sending: Promise<Answer>): Promise<Answer> {
  try {
    return await sending;
  } catch (error) {
    throw error instanceof NoAnswer ? new Passing(error, 0) : error;
  }
}

function valueIn(name: string, url: URL, answer: Answer): unknown {
  const { status, retryAfterMs = 0, contentType, body } = answer;
  if (mayPass(status)) throw new Passing(refusalOf(name, url, answer), Math.min(retryAfterMs, MAX_PAUSE_MS));
  if (status >= 400) throw refusalOf(name, url, answer);
  if (status === 204 || body === '') return undefined;
  if (status >= 300 || !/^application\/json\b/i.test(contentType))
    throw foreign(name, url, `status ${status} with ${contentType || 'no type'}`);
  try {
    return JSON.parse(body);
  } catch {
    throw foreign(name, url, 'its JSON cannot be read');
  }
}

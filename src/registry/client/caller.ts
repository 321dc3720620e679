import { withRetries } from '../../kernel/index.ts';
import { RegistryError } from '../error.ts';
import type { Authorization } from './authorization.ts';
import { PassingRefusal, refusalOf } from './refusal.ts';
import { ConnectionTrouble, type HttpAnswer, type HttpRequest, type Transport } from './transport.ts';

/** One request to the registry. */
export interface Call {
  readonly method: HttpRequest['method'];
  /** Below the registry's address: `/v2/alice/tags/list?n=100`, or where the registry said to go on. */
  readonly path: string;
  readonly scopes: readonly string[];
  /** What is asked for, for messages: `the tags of alice`. */
  readonly what: string;
  /** Statuses that the caller understands; all others are refusals. */
  readonly accept: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Until the whole answer is there. Absent: only a standstill ends it. */
  readonly timeLimitMs?: number;
  /** Whether the same request may be made again after trouble. @defaultValue true */
  readonly isRepeatable?: boolean;
  readonly signal: AbortSignal | undefined;
}

export interface WholeAnswer {
  readonly answer: HttpAnswer;
  readonly body: Buffer;
}

/** Makes requests to one registry: who calls, trouble that passes, redirects. */
export interface Caller {
  readonly origin: URL;
  /** An answer with one of the accepted statuses, its body still to come. Throws `RegistryError`. */
  call(call: Call): Promise<HttpAnswer>;
  /** The same with its whole body; one that breaks off is asked for again. `TOO_LARGE`. */
  read(call: Call, maxBytes: number): Promise<WholeAnswer>;
  /** Runs something that may meet trouble that passes, again where it does. */
  retrying<T>(signal: AbortSignal | undefined, attempt: (progress: () => void) => Promise<T>): Promise<T>;
}

export interface CallerOptions {
  readonly origin: URL;
  readonly transport: Transport;
  readonly authorization: Authorization;
  readonly retryPausesMs: readonly number[];
  readonly onNotice: (text: string) => void;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
const MAX_CHALLENGES = 2; // the first says how to ask for a token; the second may be about a token that has ended
const NEVER = new AbortController().signal;

export function createCaller(options: CallerOptions): Caller {
  const retrying: Caller['retrying'] = async (signal = NEVER, attempt) => {
    const { retryPausesMs, onNotice } = options;
    try {
      return await withRetries({ retryPausesMs, onNotice, signal }, mayPass, attempt);
    } catch (error) {
      if (error instanceof RegistryError || !signal.aborted) throw error;
      throw aborted(options.origin, signal);
    }
  };
  return {
    origin: options.origin,
    retrying,
    call: async (call) =>
      await repeated(retrying, call, () => callOnce(options, call, async (answer) => answer)),
    read: async (call, maxBytes) =>
      await repeated(retrying, call, () =>
        callOnce(options, call, async (answer) => ({ answer, body: await answer.read(maxBytes) })),
      ),
  };
}

const repeated = <T>(retrying: Caller['retrying'], call: Call, attempt: () => Promise<T>): Promise<T> =>
  call.isRepeatable === false ? attempt() : retrying(call.signal, attempt);

function mayPass(error: unknown): { readonly message: string; readonly pauseMs: number } | undefined {
  if (error instanceof PassingRefusal) return error;
  return error instanceof ConnectionTrouble ? { message: error.message, pauseMs: 0 } : undefined;
}

async function callOnce<T>(
  options: CallerOptions,
  call: Call,
  use: (answer: HttpAnswer) => Promise<T>,
): Promise<T> {
  const signal = call.signal ?? NEVER;
  const limit = call.timeLimitMs === undefined ? undefined : AbortSignal.timeout(call.timeLimitMs);
  const both = limit === undefined ? signal : AbortSignal.any([signal, limit]);
  try {
    const answer = await authorized(options, call, both);
    if (call.accept.includes(answer.status)) return await use(answer);
    throw await refusalOf(answer, call.what);
  } catch (cause) {
    if (signal.aborted) throw aborted(options.origin, signal);
    if (limit?.aborted !== true) throw cause;
    throw new ConnectionTrouble(
      options.origin,
      `no answer within ${(call.timeLimitMs ?? 0) / 1000} s`,
      cause,
    );
  }
}

const aborted = ({ host }: URL, { reason }: AbortSignal): RegistryError =>
  new RegistryError('ABORTED', `asking the registry at ${host} was aborted`, { cause: reason });

async function authorized(options: CallerOptions, call: Call, signal: AbortSignal): Promise<HttpAnswer> {
  for (let challenges = 0; ; challenges += 1) {
    const login = await options.authorization.headers(call.scopes, signal);
    const answer = await followed(options, call, login, signal);
    const isLast = answer.status !== 401 || challenges === MAX_CHALLENGES;
    if (isLast || !options.authorization.learn(answer, call.scopes, login)) return answer;
    answer.release();
  }
}

/** What the registry redirects is content that lies elsewhere; who calls is nobody's business there. */
async function followed(
  { transport, origin }: CallerOptions,
  { method, path, headers = {}, body, isRepeatable = true }: Call,
  login: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  let url = new URL(path, origin);
  const isReading = method === 'GET' || method === 'HEAD';
  const common = { 'user-agent': 'slipway', 'accept-encoding': 'identity', ...headers };
  for (let redirects = 0; ; redirects += 1) {
    const own = url.origin === origin.origin ? login : {};
    const headed = { headers: { ...common, ...own }, isRepeatable: isRepeatable || isReading };
    const request = { method, url, signal, ...headed };
    const answer = await transport.send(body === undefined ? request : { ...request, body });
    const isRedirect = REDIRECTS.includes(answer.status) && isReading;
    if (!isRedirect) return answer;
    answer.release();
    if (redirects === MAX_REDIRECTS)
      throw new RegistryError('PROTOCOL', `${origin.host} redirects more than ${MAX_REDIRECTS} times`);
    url = redirected(answer, origin);
  }
}

function redirected(answer: HttpAnswer, origin: URL): URL {
  const next = URL.parse(answer.header('location') ?? '', answer.url.href);
  const isWeb = next !== null && /^https?:$/.test(next.protocol) && next.username + next.password === '';
  if (!isWeb) throw new RegistryError('PROTOCOL', `${origin.host} redirects to what is no web address`);
  // Unencrypted content of others may be anything, and unencrypted hosts may be inside of our network.
  if (next.protocol === 'https:' || next.hostname === origin.hostname) {
    if (next.protocol === 'https:' || answer.url.protocol === 'http:') return next;
  }
  throw new RegistryError('PROTOCOL', `${origin.host} redirects to ${next.host}, unencrypted: not followed`);
}

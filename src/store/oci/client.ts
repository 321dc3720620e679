import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import { fail, ok, type Result } from '../../kernel/index.ts';
import { StoreError, type StoreErrorCode } from '../error.ts';
import type { OciLocation } from '../location.ts';
import type { ReadAnswer } from './answers.ts';
import {
  ExchangeError,
  type ExchangeTrouble,
  exchange,
  type HttpAnswer,
  type HttpRequest,
  type Transport,
} from './exchange.ts';
import { DEFAULT_LIMITS, type OciLimits } from './limits.ts';
import { pathPart, queryText } from './object-path.ts';
import { originOf } from './origin.ts';
import { createRequestSigner } from './sign-request.ts';
import { isTransient, type Refusal, readRefusal, storeError } from './trouble.ts';

export interface OciClientOptions {
  /** @defaultValue those of `limits.ts` */
  readonly limits?: Partial<OciLimits>;
  /** Milliseconds since the epoch. @defaultValue Date.now */
  readonly now?: () => number;
}

export interface OciCall {
  /** For messages: what is attempted, on what. */
  readonly what: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Below the bucket, encoded: `/o/a%20b`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Not signed: of an object or a part. */
  readonly content?: readonly Uint8Array[];
  /** Signed. */
  readonly json?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** What a good answer holds, or the service's no, and whether the same was asked before without a clear answer. */
export interface OciOutcome<T> {
  readonly result: Result<T, Refusal>;
  readonly isRepeated: boolean;
}

/** One bucket, spoken to in signed requests. Disposing closes its connections. */
export interface OciClient extends AsyncDisposable {
  /** For messages: `oci://bucket@namespace`. */
  readonly name: string;
  readonly limits: OciLimits;
  now(): number;
  /**
   * Makes a call, again where it failed and that can help: every call of the service may be repeated. Throws `StoreError`
   * where it does not answer clearly, and the signal's reason.
   */
  call<T>(call: OciCall, read: ReadAnswer<T>): Promise<OciOutcome<T>>;
  /** A call for which every no is an error. Throws `StoreError`, and the signal's reason. */
  demand<T>(call: OciCall, read: ReadAnswer<T>): Promise<T>;
  /** Like `call`, for a path of the service's host that needs no signature. Its path is a secret. */
  callUnsigned<T>(call: UnsignedCall, read: ReadAnswer<T>): Promise<OciOutcome<T>>;
}

/** Its path begins at the host. */
export type UnsignedCall = Pick<OciCall, 'what' | 'method' | 'path' | 'headers' | 'signal'>;

const AGENT = { 'user-agent': 'slipway' };

/** Nothing is asked of the service yet. Throws `FORBIDDEN` where the key is none, and `NO_STORE` for a wrong address. */
export function createOciClient(location: OciLocation, options: OciClientOptions = {}): OciClient {
  const origin = originOf(location);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const now = options.now ?? Date.now;
  const agent = new (origin.protocol === 'https:' ? HttpsAgent : HttpAgent)({ keepAlive: true });
  const context = { transport: { agent, limits }, now };
  const signed = requestSigner(location, origin, now);
  const call = <T>(made: OciCall, read: ReadAnswer<T>): Promise<OciOutcome<T>> =>
    repeat(context, made, () => signed(made), read);
  return {
    name: `oci://${location.bucket}@${location.namespace}`,
    limits,
    now,
    call,
    demand: async (made, read) => {
      const { result } = await call(made, read);
      if (result.ok) return result.value;
      throw storeError(result.error, made.what);
    },
    callUnsigned: (made, read) => {
      const headers = { ...AGENT, host: origin.host, ...made.headers };
      return repeat(context, made, () => ({ ...made, origin, headers }), read);
    },
    [Symbol.asyncDispose]: async () => agent.destroy(),
  };
}

function requestSigner(
  location: OciLocation,
  origin: URL,
  now: () => number,
): (call: OciCall) => HttpRequest {
  const sign = createRequestSigner(location.key);
  const root = `/n/${pathPart(location.namespace)}/b/${pathPart(location.bucket)}`;
  return ({ method, path: below, query, headers, content, json, signal }) => {
    const path = `${root}${below}${queryText(query ?? {})}`;
    const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
    const proof = sign({
      method,
      path,
      host: origin.host,
      date: new Date(now()), // of each try: the service takes a date for five minutes
      ...(body !== undefined && { body: { bytes: body, contentType: 'application/json' } }),
    });
    return {
      origin,
      method,
      path,
      headers: { ...AGENT, ...contentLength(content), ...headers, ...proof },
      body: body === undefined ? (content ?? []) : [body],
      signal,
    };
  };
}

function contentLength(content: readonly Uint8Array[] | undefined): Record<string, string> {
  if (content === undefined) return {};
  return { 'content-length': String(content.reduce((total, bytes) => total + bytes.byteLength, 0)) };
}

interface Context {
  readonly transport: Transport;
  readonly now: () => number;
}

/** Tries until there is a clear answer. Throws `StoreError` where there is none, and the signal's reason. */
async function repeat<T>(
  context: Context,
  { what, signal }: Pick<OciCall, 'what' | 'signal'>,
  request: () => HttpRequest,
  read: ReadAnswer<T>,
): Promise<OciOutcome<T>> {
  const pausesMs = context.transport.limits.retryPausesMs;
  let timeouts = 0;
  for (let tries = 0; ; tries += 1) {
    const attempt = await attemptOnce(context, request(), (answer) => read(answer, what));
    if (attempt.ok) return { result: attempt, isRepeated: tries > 0 };
    const { error } = attempt;
    const trouble = error instanceof ExchangeError ? error.kind : undefined;
    if (!(error instanceof ExchangeError) && !isTransient(error))
      return { result: fail(error), isRepeated: tries > 0 };
    if (trouble === 'timeout') timeouts += 1;
    const pauseMs = pausesMs[tries];
    // Who did not answer twice is not asked until the caller's own patience is over.
    const isHopeless = trouble === 'untrusted' || trouble === 'garbled';
    if (pauseMs === undefined || timeouts > 1 || isHopeless) throw giveUp(error, what);
    await pause(pauseMs, signal);
  }
}

async function attemptOnce<T>(
  { transport, now }: Context,
  request: HttpRequest,
  read: (answer: HttpAnswer) => Promise<T>,
): Promise<Result<T, Refusal | ExchangeError>> {
  try {
    const answer = await exchange(transport, request);
    return answer.status < 300 ? ok(await read(answer)) : fail(await readRefusal(answer, now()));
  } catch (error) {
    if (error instanceof ExchangeError) return fail(error);
    throw error;
  }
}

const GIVEN_UP: Readonly<Record<ExchangeTrouble, readonly [StoreErrorCode, string]>> = {
  timeout: ['TIMEOUT', 'the store does not answer'],
  connection: ['UNAVAILABLE', 'the store cannot be reached'],
  untrusted: ['UNAVAILABLE', 'the store cannot be reached'],
  garbled: ['PROTOCOL', 'what answers is no store'],
};

function giveUp(error: Refusal | ExchangeError, what: string): StoreError {
  if (!(error instanceof ExchangeError)) return storeError(error, what);
  const [code, why] = GIVEN_UP[error.kind];
  return new StoreError(code, `${what}: ${why}: ${error.message}`, { cause: error });
}

/** With up to a half more, so that many who failed at once do not come back at once. Throws the signal's reason. */
export async function pause(pauseMs: number, signal: AbortSignal | undefined): Promise<void> {
  const delayMs = pauseMs * (1 + Math.random() / 2);
  await setTimeout(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() =>
    signal?.throwIfAborted(),
  );
}

import { fail, ok, type Result } from '../kernel/index.ts';
import { StepError } from './error.ts';
import type { DownloadLimits } from './options.ts';
import { type ProgressWatch, watchProgress } from './progress-watch.ts';
import { shownUrl } from './shown-url.ts';

/** What all requests for one step have in common. */
export interface HttpContext {
  readonly signal: AbortSignal;
  readonly limits: DownloadLimits;
  readonly onNotice: (text: string) => void;
  /** A bearer token and the only origin that gets it. */
  readonly token?: { readonly origin: string; readonly value: string };
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  /** To be read to its end, or left early, or discarded. Throws `TransferError`, and `StepError` `ABORTED`. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Lets go of a body that nobody reads. */
  discard(): Promise<void>;
}

/** Why a request was not answered with what it asked for. */
export type HttpFailure =
  /** Nobody answered, or not in time, or the server could not for now. */
  | { readonly kind: 'unreachable'; readonly why: string; readonly isTransient: boolean }
  /** The server said that it will not. */
  | { readonly kind: 'status'; readonly status: number }
  /** An answer that is not followed, or that is not what was promised. */
  | { readonly kind: 'invalid'; readonly why: string };

/** The connection was lost, or stalled, while an answer's body was read. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
}

// Not worth another try: this machine is offline, or nothing listens there.
const OFFLINE = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH'];

/** What is sent beside the headers, where it is more than a question. */
export interface HttpContent {
  readonly method: 'POST' | 'PUT';
  readonly body: string | AsyncIterable<Uint8Array>;
}

/**
 * Sends one request. Redirects come back as they are; so do refusals (400 to 499) of a request with content, for their
 * text. Throws `StepError` `ABORTED`.
 */
export async function send(
  context: HttpContext,
  url: URL,
  headers: Readonly<Record<string, string>>,
  content?: HttpContent,
): Promise<Result<HttpAnswer, HttpFailure>> {
  throwIfAborted(context);
  const watch = watchProgress(context.signal, context.limits);
  try {
    // Compressed archives gain nothing from a second compression, and the checksum is of what is sent.
    const common = { 'user-agent': 'slipway', 'accept-encoding': 'identity' };
    const response = await fetch(url, {
      headers: { ...common, ...headers },
      redirect: 'manual',
      signal: watch.signal,
      ...(content !== undefined && requestBody(content, watch)),
    });
    const discard = async (): Promise<void> => {
      watch.end();
      await response.body?.cancel().catch(() => undefined);
    };
    const { status, headers: answered } = response;
    if (status < 400 || (content !== undefined && !isTransientStatus(status))) {
      return ok({ status, headers: answered, url, body: readBody(context, response, watch), discard });
    }
    await discard();
    return fail(statusFailure(url, status));
  } catch (cause) {
    watch.end();
    throwIfAborted(context);
    const isTransient = !OFFLINE.includes(errorCode(cause) ?? '');
    return fail({
      kind: 'unreachable',
      why: `${shownUrl(url)}: ${watch.reason() ?? reasonOf(cause)}`,
      isTransient,
    });
  }
}

export function throwIfAborted({ signal }: HttpContext): void {
  if (signal.aborted)
    throw new StepError('ABORTED', 'Fetching a step was cancelled', { cause: signal.reason });
}

/** Too many requests, or not in time: like the server's own trouble it passes. */
const isTransientStatus = (status: number): boolean => status >= 500 || status === 408 || status === 429;

function requestBody(
  { method, body }: HttpContent,
  watch: ProgressWatch,
): Pick<RequestInit, 'method' | 'body' | 'duplex'> {
  if (typeof body === 'string') return { method, body };
  return { method, body: ReadableStream.from(watched(body, watch)), duplex: 'half' };
}

/** What goes out is progress too: the answer only comes after all of it. */
async function* watched(
  body: AsyncIterable<Uint8Array>,
  watch: ProgressWatch,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) {
    watch.progress();
    yield chunk;
  }
}

function statusFailure(url: URL, status: number): HttpFailure {
  if (!isTransientStatus(status)) return { kind: 'status', status };
  return { kind: 'unreachable', why: `${shownUrl(url)} answered ${status}`, isTransient: true };
}

async function* readBody(
  context: HttpContext,
  response: Response,
  watch: ProgressWatch,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    watch.progress();
    for await (const chunk of response.body ?? []) {
      watch.progress();
      yield chunk;
    }
  } catch (cause) {
    throwIfAborted(context);
    throw new TransferError(watch.reason() ?? reasonOf(cause), { cause });
  } finally {
    watch.end();
  }
}

/** `fetch` says "fetch failed"; what failed is in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || (errorCode(cause) ?? cause.name) : String(cause);
}

function errorCode(error: unknown): string | undefined {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
}

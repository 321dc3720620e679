import { systemWords } from '../kernel/index.ts';
import type { BuilderClientOptions } from './builder-client.ts';
import { BuilderClientError } from './error.ts';

/** One request as it is sent; `path` stands behind the builder's address, with its query. */
export interface Sent {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Until the answer has come whole. Absent: as long as it takes. */
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** What the server asks for before another try, in milliseconds; 0: nothing. */
  readonly pauseMs: number;
  readonly body: string;
}

/** Nothing came, or nothing whole: another try may have more luck. */
export class NoAnswer extends BuilderClientError {}

// A list of a thousand builds has one megabyte, the report of an image with ten thousand packages some more.
const MAX_BODY_BYTES = 64 * 1024 * 1024;

export type Connection = Pick<BuilderClientOptions, 'url' | 'token'>;

/** Asks for headers alone; what a server sends behind them is read by who asked. Throws `NoAnswer` and `signal.reason`. */
export async function open(connection: Connection, { method, path, body, signal }: Sent): Promise<Response> {
  const { url, token } = connection;
  try {
    return await fetch(`${url}/api/v1/build/${path}`, {
      method,
      headers: {
        'user-agent': 'slipway',
        ...(token !== undefined && { authorization: token }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      // The token is for this server: where it sends us is for nobody to follow.
      redirect: 'manual',
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    });
  } catch (cause) {
    throw noAnswer(url, cause, signal);
  }
}

/** Asks, and reads the answer whole. Throws as `open`, and `BuilderClientError` for one that is too large. */
export async function send(connection: Connection, sent: Sent): Promise<Answer> {
  const { timeoutMs } = sent;
  const timer = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const signals = [sent.signal, timer].filter((each) => each !== undefined);
  try {
    const response = await open(connection, { ...sent, signal: AbortSignal.any(signals) });
    return await read(connection, response);
  } catch (error) {
    sent.signal?.throwIfAborted();
    if (timer?.aborted) throw late(connection.url, timeoutMs ?? 0);
    throw error;
  }
}

/** The whole body of an answer, bounded. */
export async function read({ url }: Connection, response: Response): Promise<Answer> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const piece of response.body ?? []) {
      sizeBytes += piece.length;
      if (sizeBytes > MAX_BODY_BYTES)
        throw new BuilderClientError(`${origin(url)} answers with more than ${MAX_BODY_BYTES} bytes`, {
          status: response.status,
        });
      pieces.push(piece);
    }
  } catch (cause) {
    throw cause instanceof BuilderClientError ? cause : noAnswer(url, cause, undefined);
  }
  const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    pauseMs: retryAfterSeconds > 0 ? retryAfterSeconds * 1000 : 0,
    body: Buffer.concat(pieces).toString(),
  };
}

/** What a connection that did not come about, or broke, becomes. Throws `signal.reason`. */
export function noAnswer(url: string, cause: unknown, signal: AbortSignal | undefined): NoAnswer {
  signal?.throwIfAborted();
  return new NoAnswer(`no answer from ${origin(url)}: ${reasonOf(cause)}`, {
    hint: `Is a server running there, and is that the address of the image builder (ADMIN_API_URL)?`,
    cause,
  });
}

const late = (url: string, timeoutMs: number): NoAnswer =>
  new NoAnswer(`no answer from ${origin(url)}: it did not come within ${timeoutMs / 1000} seconds`);

/** Where it is, without what an address may have of credentials. */
export const origin = (url: string): string => new URL(url).origin;

/** `fetch` throws "fetch failed", and the reason is what that was caused by. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof TypeError && thrown.cause !== undefined ? thrown.cause : thrown;
  // Of several addresses of a name each has its own.
  const [first] = cause instanceof AggregateError ? cause.errors : [cause];
  return (
    systemWords(first) ?? (first instanceof Error && first.message !== '' ? first.message : 'it broke off')
  );
}

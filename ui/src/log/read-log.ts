/** What happens to a log that is read. */
export interface LogListener {
  /** An answer has begun; `totalBytes` where it says how long the log is. */
  begun(facts: { readonly totalBytes?: number }): void;
  bytes(bytes: Uint8Array): void;
  /** The connection was lost; it is tried again. */
  cut(message: string): void;
}

/** Why a log cannot be had, in the server's words where it has some. */
export class LogRefused extends Error {
  override readonly name = 'LogRefused';
}

export interface ReadLogOptions {
  readonly url: string;
  readonly listener: LogListener;
  readonly signal: AbortSignal;
  /** Of one connection, when it begins: where it aborts, the log is cut there. @defaultValue never */
  readonly connection?: () => AbortSignal;
  /** Resolves when it is time to try again. */
  readonly pause: (attempt: number) => Promise<void>;
  readonly fetch: typeof fetch;
}

/**
 * Reads a log to its end, however long that takes: what was cut goes on where it was. Throws `LogRefused` where the server
 * does not give it, and the reason of `signal`.
 */
export async function readLog(options: ReadLogOptions): Promise<void> {
  const { listener, signal, pause } = options;
  const progress = { offset: 0 };
  for (let attempt = 0; ; attempt += 1) {
    const before = progress.offset;
    try {
      return await readOnce(options, progress);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LogRefused) throw error;
      if (progress.offset > before) attempt = 0;
      listener.cut(attempt > 2 ? 'The server cannot be reached.' : 'The connection was lost.');
      await pause(attempt);
      signal.throwIfAborted();
    }
  }
}

async function readOnce(options: ReadLogOptions, progress: { offset: number }): Promise<void> {
  const { url, listener } = options;
  const signal = AbortSignal.any([options.signal, ...(options.connection ? [options.connection()] : [])]);
  const answer = await options.fetch(withStart(url, progress.offset), { signal, cache: 'no-store' });
  if (answer.status >= 500 || answer.status === 429) throw new Error(`status ${answer.status}`);
  if (!answer.ok || answer.body === null) throw new LogRefused(await reasonOf(answer));
  // Without the header it is the stored log, from its beginning.
  const startsAt = Number(answer.headers.get('x-slipway-log-start') ?? 0);
  let skip = progress.offset - startsAt;
  if (skip < 0) throw new LogRefused('The log is not what it was: it begins later now.');
  listener.begun(factsOf(answer, startsAt));
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const fresh = value.subarray(Math.min(skip, value.length));
    skip -= value.length - fresh.length;
    progress.offset += fresh.length;
    if (fresh.length > 0) listener.bytes(fresh);
  }
}

function withStart(url: string, start: number): string {
  if (start === 0) return url;
  return `${url}${url.includes('?') ? '&' : '?'}start=${start}`;
}

function factsOf({ headers }: Response, startsAt: number): { totalBytes?: number } {
  const length = headers.get('content-length');
  // What is encoded has the length of its encoding.
  if (length === null || headers.has('content-encoding')) return {};
  return { totalBytes: startsAt + Number(length) };
}

async function reasonOf(answer: Response): Promise<string> {
  if (answer.status === 404) return 'There is no log here.';
  if (answer.status === 401) return 'You are not signed in.';
  if (answer.status === 403) return 'You may not read this log.';
  if (answer.status === 410) return 'The log has expired and was removed.';
  return `The server answered ${answer.status} ${answer.statusText}`.trim();
}

/** A piece of a log that was read before. Throws where it cannot be had. */
export async function readPiece(
  url: string,
  { start, end }: { readonly start: number; readonly end: number },
  options: Pick<ReadLogOptions, 'signal' | 'fetch'>,
): Promise<Uint8Array> {
  using stop = new Stop();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const ask = (headers: Record<string, string>): Promise<Response> =>
    options.fetch(url, { headers, signal, cache: 'no-store' });
  let answer = await ask({ range: `bytes=${start}-${end - 1}` });
  if (answer.headers.has('content-encoding') && answer.status !== 200) {
    // The log was stored meanwhile, and packed: its ranges are those of what is packed.
    void answer.body?.cancel();
    answer = await ask({});
  }
  if (!answer.ok || answer.body === null) throw new LogRefused(await reasonOf(answer));
  return await pieceOf(answer.body, { skip: answer.status === 206 ? 0 : start, size: end - start });
}

async function pieceOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { skip, size }: { readonly skip: number; readonly size: number },
): Promise<Uint8Array> {
  const piece = new Uint8Array(size);
  let left = skip;
  let filled = 0;
  const reader = body.getReader();
  while (filled < size) {
    const { done, value } = await reader.read();
    if (done) throw new LogRefused('The log is shorter than it was.');
    const wanted = value.subarray(Math.min(left, value.length)).subarray(0, size - filled);
    left -= Math.min(left, value.length);
    piece.set(wanted, filled);
    filled += wanted.length;
  }
  return piece;
}

/** Ends a request when it goes out of scope: what was not asked for is not read. */
class Stop extends AbortController implements Disposable {
  [Symbol.dispose](): void {
    this.abort();
  }
}

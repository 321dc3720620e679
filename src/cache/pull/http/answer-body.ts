import type { IncomingMessage } from 'node:http';
import { CacheError } from '../../error.ts';
import { PassingError } from '../../passing-error.ts';
import type { RemoteFile } from '../remote-files.ts';
import { chunksOf } from './chunks-of.ts';
import { reasonOf } from './send-request.ts';
import { shownUrl } from './shown-url.ts';

export interface AnswerOptions {
  readonly url: URL;
  readonly signal: AbortSignal;
  /** How long nothing may come. */
  readonly stallTimeoutMs: number;
  /** Called when nothing of it is wanted any more. */
  readonly over: () => void;
}

/** What a server has to send all in all, beside the pauses it may make: less is none that anybody waits for. */
const SLOWEST_BYTES_PER_MS = 0.1;

/** The body of an answer; disposed before its end the connection is closed. */
export function answerBody(message: IncomingMessage, options: AnswerOptions): RemoteFile {
  const length = message.headers['content-length'];
  return {
    ...(length !== undefined && { sizeBytes: Number(length) }),
    [Symbol.asyncIterator]: () => readBody(message, options),
    async [Symbol.asyncDispose]() {
      if (!message.readableEnded) message.destroy();
      options.over();
    },
  };
}

/** Time counts while a chunk is waited for, and not while the one before is being written. */
async function* readBody(
  message: IncomingMessage,
  { url, signal, stallTimeoutMs }: AnswerOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let [waitedMs, receivedBytes, waitsSince] = [0, 0, performance.now()];
  let isWaiting = true;
  const stop = (): void => {
    const text = `${shownUrl(url)}: nearly nothing came for ${stallTimeoutMs / 1000} seconds`;
    if (isWaiting) message.destroy(new PassingError(text));
  };
  const timer = setTimeout(stop, stallTimeoutMs);
  try {
    for await (const chunk of chunksOf(message)) {
      isWaiting = false;
      waitedMs += performance.now() - waitsSince;
      receivedBytes += chunk.length;
      if (waitedMs > stallTimeoutMs + receivedBytes / SLOWEST_BYTES_PER_MS) {
        throw new PassingError(`${shownUrl(url)} sends too slowly: ${receivedBytes} bytes so far`);
      }
      yield chunk;
      isWaiting = true;
      waitsSince = performance.now();
      timer.refresh();
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof CacheError) throw cause;
    throw new PassingError(`${shownUrl(url)} broke off (${reasonOf(cause)})`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

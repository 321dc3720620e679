import { ArchiveError } from './error.ts';

/**
 * The same stream, which ends with `ABORTED` as soon as the signal says so, also while the next chunk is not there yet.
 * The stream is closed when the reader stops early, without waiting for it.
 */
export async function* abortable(
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  let isOpen = true;
  try {
    for (;;) {
      const next = await nextOrAbort(iterator, signal).catch((cause: unknown) => {
        isOpen = signal?.aborted === true;
        throw cause;
      });
      isOpen = next.done !== true;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // A stream that hangs would hang here as well; what it still has to say interests nobody.
    if (isOpen) iterator.return?.().catch(() => undefined);
  }
}

function nextOrAbort<T>(
  iterator: AsyncIterator<T>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<T>> {
  if (signal === undefined) return iterator.next();
  const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<T>>();
  const abort = (): void => {
    reject(new ArchiveError('ABORTED', 'The work on an archive was cancelled', { cause: signal.reason }));
  };
  // First, since the signal may come from within the stream.
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  else iterator.next().then(resolve, reject);
  return promise.finally(() => signal.removeEventListener('abort', abort));
}

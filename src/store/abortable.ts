/**
 * The same chunks, which end with `signal.reason` as soon as the signal aborts, also while the next one is not there yet.
 * The source is closed where its reader stops early, without waiting for it.
 */
export async function* abortable(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (signal === undefined) return yield* chunks;
  const iterator = chunks[Symbol.asyncIterator]();
  const abort = Promise.withResolvers<never>();
  abort.promise.catch(() => undefined); // also where nobody waits for it
  const onAbort = (): void => abort.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  let isOpen = true;
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await Promise.race([iterator.next(), abort.promise]);
      isOpen = next.done !== true;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // One that hangs would hang here as well; what it still has to say interests nobody.
    if (isOpen) iterator.return?.().catch(() => undefined);
  }
}

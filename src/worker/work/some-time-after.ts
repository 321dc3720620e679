/** Aborts so long after another signal, unless it is disposed of before. */
export function someTimeAfter(
  signal: AbortSignal,
  ms: number,
): { readonly signal: AbortSignal } & Disposable {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => over.abort(new Error('it took too long for a worker that stops')), ms);
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return {
    signal: over.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', begin);
    },
  };
}

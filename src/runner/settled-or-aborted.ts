/** Resolves when the work has ended in whatever way, or at once when the signal aborts: the work goes on then. */
export async function settledOrAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const onAbort = (): void => aborted.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  await Promise.race([work.catch(() => undefined), aborted.promise]);
  signal.removeEventListener('abort', onAbort);
}

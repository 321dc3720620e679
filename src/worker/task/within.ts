/** A limit that the worker sets for a phase of a run was passed. */
export class LimitError extends Error {
  override readonly name = 'LimitError';
}

/**
 * What an action gives, with a signal that aborts with the run and at the limit. An action that does not look at it is left
 * behind. Throws `LimitError` with the message, or the run's reason.
 */
export async function within<T>(
  limit: { readonly ms: number; readonly message: string; readonly signal?: AbortSignal },
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  limit.signal?.throwIfAborted();
  const phase = new AbortController();
  const stopped = Promise.withResolvers<never>();
  const stop = (reason: unknown): void => {
    phase.abort(reason);
    stopped.reject(reason);
  };
  const onAbort = (): void => stop(limit.signal?.reason);
  const timer = setTimeout(() => stop(new LimitError(limit.message)), limit.ms);
  limit.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([action(phase.signal), stopped.promise]);
  } finally {
    clearTimeout(timer);
    limit.signal?.removeEventListener('abort', onAbort);
  }
}

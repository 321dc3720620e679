import { EngineError } from '../error.ts';

/** Something that may end what is under way, and the error for that. */
export interface Stop {
  readonly signal: AbortSignal;
  readonly error: () => EngineError;
}

export const abortStop = (signal: AbortSignal): Stop => ({
  signal,
  error: () => new EngineError('ABORTED', 'the call was aborted', { cause: signal.reason }),
});

/** Throws where one of them has happened. */
export function throwIfStopped(stops: readonly Stop[]): void {
  const stopped = stops.find(({ signal }) => signal.aborted);
  if (stopped) throw stopped.error();
}

/** What `work` comes to, or the error of the first stop that happens before. */
export async function unlessStopped<T>(work: Promise<T>, stops: readonly Stop[]): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const listeners = stops.map(({ signal, error }) => ({ signal, listen: () => reject(error()) }));
  for (const { signal, listen } of listeners) signal.addEventListener('abort', listen);
  try {
    throwIfStopped(stops);
    return await Promise.race([work, stopped]);
  } finally {
    for (const { signal, listen } of listeners) signal.removeEventListener('abort', listen);
    // Whoever stopped does not hear of it any more.
    work.catch(() => {});
  }
}

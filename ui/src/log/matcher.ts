import type { MatchRequest } from './match-lines.ts';

/** Matches lines elsewhere, within a time. */
export interface Matcher extends Disposable {
  /** Throws `TookTooLong`. */
  match(request: MatchRequest): Promise<Uint32Array<ArrayBuffer>>;
}

export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/** A thread that matches, of which it is not known yet whether its program comes. */
interface Begun {
  readonly thread: Worker;
  /** Resolves once its program is there. */
  readonly ready: Promise<void>;
}

/**
 * A matcher in a thread, which is ended when it does not answer in time. The way of its program to here is not counted: an
 * expression is not slow where the network is. One request at a time.
 */
export function threadMatcher(start: () => Worker, limitMs: number): Matcher {
  let begun: Begun | undefined;
  const end = (): void => {
    begun?.thread.terminate();
    begun = undefined;
  };
  return {
    async match(request) {
      begun ??= begin(start());
      const { thread, ready } = begun;
      try {
        await ready;
        return await answered(thread, request, limitMs);
      } catch (error) {
        end();
        throw error;
      }
    },
    [Symbol.dispose]: end,
  };
}

function begin(thread: Worker): Begun {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  thread.onmessage = () => resolve(); // what it says first
  thread.onerror = () => reject(new Error('The search could not be loaded. Try again.'));
  return { thread, ready: promise };
}

async function answered(
  thread: Worker,
  request: MatchRequest,
  limitMs: number,
): Promise<Uint32Array<ArrayBuffer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint32Array<ArrayBuffer>>();
  const timer = setTimeout(() => reject(new TookTooLong('the search took too long')), limitMs);
  thread.onmessage = ({ data }: MessageEvent<Uint32Array<ArrayBuffer>>) => resolve(data);
  thread.onerror = (event) => reject(new Error(event.message));
  thread.postMessage(request);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

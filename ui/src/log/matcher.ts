import type { MatchRequest } from './match-lines.ts';

/** Matches lines elsewhere, within a time. */
export interface Matcher extends Disposable {
  /** Throws `TookTooLong`. */
  match(request: MatchRequest): Promise<Uint32Array<ArrayBuffer>>;
}

export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/** A matcher in a thread, which is ended when it does not answer in time. One request at a time. */
export function threadMatcher(start: () => Worker, limitMs: number): Matcher {
  let thread: Worker | undefined;
  const end = (): void => {
    thread?.terminate();
    thread = undefined;
  };
  return {
    async match(request) {
      thread ??= start();
      const { promise, resolve, reject } = Promise.withResolvers<Uint32Array<ArrayBuffer>>();
      const timer = setTimeout(() => reject(new TookTooLong('the search took too long')), limitMs);
      thread.onmessage = ({ data }: MessageEvent<Uint32Array<ArrayBuffer>>) => resolve(data);
      thread.onerror = (event) => reject(new Error(event.message));
      thread.postMessage(request);
      try {
        return await promise;
      } catch (error) {
        end();
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    [Symbol.dispose]: end,
  };
}

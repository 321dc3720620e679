/** Somebody who reads a stream on its way to somebody else. */
export interface Follower<T> {
  /**
   * The same stream. The next chunk is asked for when both readers are done with the one before, and it ends when the
   * follower is done. Throws what the follower throws. Iterate it once.
   */
  pass(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined>;
  /** What the follower made of the stream; rejects with what it threw. To be asked when the stream has ended. */
  readonly result: Promise<T>;
  /** What the follower threw, so far; that also ends the stream. */
  readonly failure: () => unknown;
}

type Next = PromiseWithResolvers<IteratorResult<Uint8Array, undefined>>;

const END = { done: true, value: undefined } as const;

/**
 * Lets `read` have the chunks of a stream while they go somewhere else: one pass over the bytes, in one piece of memory.
 * A `read` that ends early lets the rest go by.
 */
export function follow<T>(read: (chunks: AsyncIterable<Uint8Array>) => Promise<T>): Follower<T> {
  let asked: Next | undefined;
  let wake: (() => void) | undefined;
  let ended = false;
  let over = false;
  let failure: unknown;
  const chunks: AsyncIterator<Uint8Array, undefined> = {
    next: () => {
      if (ended) return Promise.resolve(END);
      asked = Promise.withResolvers();
      wake?.();
      return asked.promise;
    },
    return: () => Promise.resolve(END),
  };
  const result = read({ [Symbol.asyncIterator]: () => chunks });
  const settled = (error?: unknown): void => {
    over = true;
    failure = error;
    wake?.();
  };
  result.then(() => settled(), settled);
  /** Waits until the follower asks for more, or asks no more. */
  const ready = async (): Promise<void> => {
    while (asked === undefined && !over) await new Promise<void>((resolve) => (wake = resolve));
    if (failure !== undefined) throw failure;
  };
  const give = (next: IteratorResult<Uint8Array, undefined>): void => {
    const to = asked;
    asked = undefined;
    // The other reader comes first: what it has to wait for, such as a disk, goes on while the follower works.
    if (to !== undefined) setImmediate(to.resolve, next);
  };
  const end = (): void => {
    ended = true;
    give(END);
  };
  return {
    async *pass(stream) {
      try {
        for await (const chunk of stream) {
          await ready();
          give({ done: false, value: chunk });
          yield chunk;
          await ready();
        }
        end();
        await result; // whether it is content with the end: only then the stream has one
      } catch (error) {
        asked?.reject(error);
        throw error;
      } finally {
        end(); // also where the other reader went away
      }
    },
    result,
    failure: () => failure,
  };
}

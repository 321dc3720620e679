/**
 * Runs `work` on all that `take` gives, at most `limit` at a time, until nothing runs and nothing more is given: work may
 * add to what there is. After a failure no more is begun; throws the first one when all that was begun has ended.
 */
export function inParallel<T>(
  limit: number,
  take: () => T | undefined,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let running = 0;
  let failure: { readonly error: unknown } | undefined;
  const fill = (): void => {
    while (failure === undefined && running < limit) {
      const item = take();
      if (item === undefined) break;
      running += 1;
      work(item)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => {
          running -= 1;
          fill();
        });
    }
    if (running > 0) return;
    if (failure === undefined) resolve();
    else reject(failure.error);
  };
  fill();
  return promise;
}

/** The same for a list. */
export async function forEachInParallel<T>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  await inParallel(limit, () => left.next().value, work);
}

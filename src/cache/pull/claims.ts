import { type ObjectName, objectFileName } from '../ostree/object-name.ts';
import type { Fetching } from './fetch-context.ts';

/** Runs `fetch` unless another artifact of this pull fetches the same object; then its end is waited for. */
export async function claimed(
  fetching: Fetching,
  name: ObjectName,
  fetch: () => Promise<void>,
): Promise<void> {
  const key = objectFileName(name);
  for (;;) {
    const other = fetching.inFlight.get(key);
    if (other === undefined) break;
    if (
      await other.then(
        () => true,
        () => false,
      )
    )
      return;
  }
  const fetched = fetch();
  fetching.inFlight.set(key, fetched);
  try {
    await fetched;
  } finally {
    fetching.inFlight.delete(key);
  }
}

/**
 * Runs `fetch`, which says whether it brought all, on those that no other artifact of this pull fetches, and waits for the
 * others as well. What none of them brought is fetched on its own later.
 */
export async function claimedTogether(
  { inFlight }: Fetching,
  names: readonly ObjectName[],
  fetch: (own: readonly ObjectName[]) => Promise<boolean>,
): Promise<void> {
  const own = names.filter((name) => !inFlight.has(objectFileName(name)));
  const others = names.map((name) => inFlight.get(objectFileName(name)));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => {}); // for those who wait: there may be none
  for (const name of own) inFlight.set(objectFileName(name), promise);
  try {
    if (await fetch(own)) resolve();
  } finally {
    for (const name of own) inFlight.delete(objectFileName(name));
    reject(new Error('not all of it came')); // unless it did
    await Promise.allSettled(others);
  }
}

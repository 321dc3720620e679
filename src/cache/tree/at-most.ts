import { createBreaks } from '../../kernel/index.ts';

/**
 * Does work on every item, on so many at a time; items are taken one by one, as there is room. Work that never waits has
 * breaks for all else. The first failure ends it, after what has begun has ended, and is thrown.
 */
export async function atMost<T>(
  limit: number,
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const breaks = createBreaks();
  try {
    for await (const item of items) {
      const task: Promise<void> = work(item)
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(() => running.delete(task));
      running.add(task);
      if (running.size >= limit) await Promise.race(running);
      if (breaks.isDue()) await breaks.take();
      if (failures.length > 0) break;
    }
  } finally {
    await Promise.all(running);
  }
  if (failures.length > 0) throw failures[0];
}

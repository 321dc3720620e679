import type { LogStore } from '../logs/index.ts';
import type { ObjectStore } from '../store/index.ts';

/** Lets removals wait while a backup is taken, and a backup for those that go on. */
export interface RemovalGate {
  /** Runs a removal, as soon as none is held. */
  remove<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when no removal goes on; until it is disposed none begins. Several may hold at a time. */
  hold(): Promise<AsyncDisposable>;
}

export function createRemovalGate(): RemovalGate {
  const held = new Set<Promise<void>>();
  const removing = new Set<Promise<unknown>>();
  return {
    async remove(work) {
      while (held.size > 0) await Promise.all(held);
      const removal = work();
      removing.add(removal);
      try {
        return await removal;
      } finally {
        removing.delete(removal);
      }
    },
    async hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.add(promise);
      await Promise.allSettled(removing);
      return {
        async [Symbol.asyncDispose]() {
          held.delete(promise);
          resolve();
        },
      };
    },
  };
}

/** The same store, whose objects are removed as a gate lets them. What waits for the gate may be aborted by its own signal only once it is through. */
export const gatedStore = (store: ObjectStore, gate: RemovalGate): ObjectStore => ({
  name: store.name,
  put: (...given) => store.put(...given),
  head: (...given) => store.head(...given),
  open: (...given) => store.open(...given),
  list: (...given) => store.list(...given),
  remove: (...given) => gate.remove(() => store.remove(...given)),
  removeExpired: (...given) => gate.remove(() => store.removeExpired(...given)),
  [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
});

/** The same for logs. */
export const gatedLogs = (logs: LogStore, gate: RemovalGate): LogStore => ({
  append: (...given) => logs.append(...given),
  end: (...given) => logs.end(...given),
  size: (...given) => logs.size(...given),
  read: (...given) => logs.read(...given),
  remove: (...given) => gate.remove(() => logs.remove(...given)),
  list: () => logs.list(),
  [Symbol.asyncDispose]: () => logs[Symbol.asyncDispose](),
});

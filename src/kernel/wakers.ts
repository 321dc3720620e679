/** Who waits for something of a name, and is woken all together. */
export interface Wakers {
  /** Called whenever that name is woken, until it is disposed. */
  on(name: string, listener: () => void): Disposable;
  wake(name: string): void;
  wakeAll(): void;
  has(name: string): boolean;
}

/** Listeners by name, in this process. */
export function createWakers(): Wakers {
  const names = new Map<string, Set<() => void>>();
  const wake = (name: string): void => {
    for (const listener of names.get(name) ?? []) listener();
  };
  return {
    on(name, listener) {
      const listeners = names.get(name) ?? new Set();
      names.set(name, listeners);
      const own = (): void => listener();
      listeners.add(own);
      return {
        [Symbol.dispose]: () => {
          listeners.delete(own);
          if (listeners.size === 0 && names.get(name) === listeners) names.delete(name);
        },
      };
    },
    wake,
    wakeAll: () => {
      for (const name of names.keys()) wake(name);
    },
    has: (name) => names.has(name),
  };
}

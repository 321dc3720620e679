type Listener = (payload: string | undefined) => void;

/** Listeners of this process, by channel. */
export interface LocalListeners {
  add(channel: string, listener: Listener): Disposable;
  tell(channel: string, payload: string | undefined): void;
  /** Something may have been missed on all channels. */
  tellAll(): void;
  clear(): void;
}

/** Keeps listeners by channel; each call of a listener happens on its own, after the caller has gone on. */
export function createLocalListeners(): LocalListeners {
  const channels = new Map<string, Set<Listener>>();

  function tell(channel: string, payload: string | undefined): void {
    for (const listener of channels.get(channel) ?? []) queueMicrotask(() => listener(payload));
  }

  return {
    add(channel, listener) {
      const listeners = channels.get(channel) ?? new Set();
      channels.set(channel, listeners);
      const own: Listener = (payload) => listener(payload); // the same function may listen twice
      listeners.add(own);
      return {
        [Symbol.dispose]: () => {
          listeners.delete(own);
          if (listeners.size === 0 && channels.get(channel) === listeners) channels.delete(channel);
        },
      };
    },
    tell,
    tellAll: () => {
      for (const channel of channels.keys()) tell(channel, undefined);
    },
    clear: () => channels.clear(),
  };
}

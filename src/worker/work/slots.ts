/** How many tasks run, and how many more may. */
export interface Slots {
  readonly running: number;
  /** How many more may run now. */
  count(): number;
  /** Resolves when there is a free one, or the signal aborts. */
  free(signal: AbortSignal): Promise<void>;
  /** One is used until the promise settles. */
  use(run: Promise<void>): void;
  /** Resolves when nothing runs any more. */
  allFree(): Promise<void>;
}

export interface SlotsOptions {
  readonly capacity: number;
  /** How many tasks more the devices of this machine are enough for. @defaultValue no limit */
  readonly freeDevices?: () => number;
  /** Told how many are used, when that changes. */
  readonly onChange?: (running: number) => void;
}

export function createSlots({ capacity, freeDevices, onChange }: SlotsOptions): Slots {
  const runs = new Set<Promise<void>>();
  const count = (): number => Math.max(0, Math.min(capacity - runs.size, freeDevices?.() ?? capacity));
  return {
    get running() {
      return runs.size;
    },
    count,
    async free(signal) {
      const aborted = Promise.withResolvers<void>();
      const onAbort = (): void => aborted.resolve();
      signal.addEventListener('abort', onAbort, { once: true });
      // Devices come back with the tasks that have them.
      while (count() === 0 && runs.size > 0 && !signal.aborted)
        await Promise.race([...runs, aborted.promise]);
      if (count() === 0 && !signal.aborted) await aborted.promise;
      signal.removeEventListener('abort', onAbort);
    },
    use(run) {
      const ended = run.finally(() => {
        runs.delete(ended);
        onChange?.(runs.size);
      });
      runs.add(ended);
      onChange?.(runs.size);
    },
    async allFree() {
      await Promise.allSettled([...runs]);
    },
  };
}

/** Work that goes on beside something else, a bounded amount at a time. */
export interface Backlog {
  /** Begins the work as soon as there is room, and resolves then. Throws what work before it threw. */
  add(work: () => Promise<void>): Promise<void>;
  /** Resolves when all of it has ended; throws what the first that failed threw. */
  end(): Promise<void>;
}

export function createBacklog(limit: number): Backlog {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const check = (): void => {
    if (failure !== undefined) throw failure.error;
  };
  return {
    async add(work) {
      while (running.size >= limit) await Promise.race(running);
      check();
      const done: Promise<void> = work()
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(done));
      running.add(done);
    },
    async end() {
      await Promise.all(running);
      check();
    },
  };
}

/** Processor cores, one for each task, where tasks are restricted to one. */
export interface CorePool {
  /** A core that no task has; disposing of it gives it back. Throws when there is none: the capacity is the number of cores. */
  take(): { readonly core: number } & Disposable;
}

export function createCorePool(cores: readonly number[]): CorePool {
  const free = [...cores];
  return {
    take() {
      const core = free.shift();
      if (core === undefined) throw new Error('every core has a task already');
      let isTaken = true;
      return {
        core,
        [Symbol.dispose]() {
          if (isTaken) free.push(core);
          isTaken = false;
        },
      };
    },
  };
}

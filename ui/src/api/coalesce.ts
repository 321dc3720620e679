/** A call that may be wanted often and is made seldom. */
export interface Coalesced {
  /** Wants the call in `delayMs`, or sooner if it says so. Wanted while it goes on, it is made once more behind that. */
  want(inMs?: number): void;
  /** None is made any more. */
  stop(): void;
}

/** Makes one call out of many: never two at a time, and `delayMs` between the end of one and the next. */
export function coalesce(call: () => Promise<void>, delayMs: number): Coalesced {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let isCalling = false;
  let isWanted = false;
  let isStopped = false;
  const run = async (): Promise<void> => {
    dueAt = Number.POSITIVE_INFINITY;
    isCalling = true;
    try {
      await call();
    } finally {
      isCalling = false;
      if (isWanted) plan(delayMs);
      isWanted = false;
    }
  };
  const plan = (inMs: number): void => {
    const at = Date.now() + inMs;
    if (isStopped || at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(() => void run(), inMs);
  };
  return {
    want(inMs = delayMs) {
      if (isCalling) isWanted = true;
      else plan(inMs);
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Does what is due, part by part until the signal aborts; gives when the next thing is, if it knows of one. */
export type Duty = (signal: AbortSignal) => Promise<number | undefined>;

/** Looks for what is over: sleeps until the next thing that it knows of, and not for long where others may know more. */
export interface Sweep extends AsyncDisposable {
  /** Something is due at that moment. */
  due(moment: number): void;
}

interface SweepOptions {
  readonly duties: readonly Duty[];
  readonly now: () => number;
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
}

/** Starts a sweep. One that fails is tried again at the next round. */
export function startSweep({ duties, now, everyMs, onError }: SweepOptions): Sweep {
  let timer: NodeJS.Timeout | undefined;
  let wakesAt = Number.POSITIVE_INFINITY;
  let running: Promise<void> | undefined;
  const over = new AbortController();

  function sleepUntil(moment: number): void {
    clearTimeout(timer);
    wakesAt = moment;
    timer = setTimeout(wake, Math.max(0, Math.min(moment - now(), everyMs)));
  }

  async function round(): Promise<void> {
    let next = now() + everyMs;
    for (const duty of duties) {
      try {
        next = Math.min(next, (await duty(over.signal)) ?? next);
      } catch (error) {
        onError(error);
      }
      if (over.signal.aborted) return;
    }
    running = undefined;
    sleepUntil(Math.min(next, wakesAt));
  }

  function wake(): void {
    wakesAt = Number.POSITIVE_INFINITY;
    running ??= round();
  }

  sleepUntil(now());
  return {
    due(moment) {
      if (over.signal.aborted || moment >= wakesAt) return;
      if (running === undefined) sleepUntil(moment);
      else wakesAt = moment;
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      clearTimeout(timer);
      await running;
    },
  };
}

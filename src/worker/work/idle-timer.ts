import type { WorkerSettings } from '../settings.ts';

/** Tells when nothing has been done for so long that the worker may go. */
export interface IdleTimer extends Disposable {
  /** Nothing runs: the time begins, unless it has. */
  begin(): void;
  /** Something runs. */
  end(): void;
  /** Aborts when the time is over; another signal after `end`. */
  readonly due: AbortSignal;
  isDue(): boolean;
}

/** @param isBusy - looked at when the time is over: work that began meanwhile counts */
export function createIdleTimer(
  { enabled, afterIdleSeconds }: WorkerSettings['shutdown'],
  isBusy: () => boolean,
): IdleTimer {
  let controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (controller.signal.aborted) controller = new AbortController();
  };
  return {
    begin() {
      if (!enabled || timer !== undefined) return;
      timer = setTimeout(() => (isBusy() ? end() : controller.abort()), afterIdleSeconds * 1000);
    },
    end,
    get due() {
      return controller.signal;
    },
    isDue: () => controller.signal.aborted,
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

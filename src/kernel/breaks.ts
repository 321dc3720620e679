import { setImmediate } from 'node:timers/promises';

/** For work that never waits for anything: without a break nobody else in the process has a turn until its end. */
interface Breaks {
  isDue(): boolean;
  /** Lets everything else go on that can. */
  take(): Promise<void>;
}

// Long enough for a hundred small files, short enough that output and key presses are not seen to wait.
const WORK_MS = 5;

/** The first break is due in a moment. */
export function createBreaks(): Breaks {
  let dueAt = performance.now() + WORK_MS;
  return {
    isDue: () => performance.now() >= dueAt,
    async take() {
      await setImmediate();
      dueAt = performance.now() + WORK_MS;
    },
  };
}

import { setImmediate } from 'node:timers/promises';
import { ArchiveError } from './error.ts';

/** Lets synchronous file work take turns with everything else that the process does. */
interface Pacer {
  /** The turn is over: call `rest`. */
  isDue(): boolean;
  /** Lets others run, then begins a new turn. Throws `ABORTED` when the signal says so. */
  rest(): Promise<void>;
}

// Long enough for a hundred small files, short enough that output and key presses are not seen to wait.
const TURN_MS = 5;

export function createPacer(signal?: AbortSignal): Pacer {
  let endsAt = performance.now() + TURN_MS;
  return {
    isDue: () => performance.now() >= endsAt,
    async rest() {
      await setImmediate();
      throwIfAborted(signal);
      endsAt = performance.now() + TURN_MS;
    },
  };
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new ArchiveError('ABORTED', 'The work on files was cancelled', { cause: signal.reason });
}

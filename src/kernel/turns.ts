import { setImmediate } from 'node:timers/promises';

/** Lets work that never waits take turns with everything else that the process does. */
interface Turns {
  /** The turn is over: call `rest`. */
  isOver(): boolean;
  /** Lets others run, then begins a new turn. */
  rest(): Promise<void>;
}

// Long enough for a hundred small files, short enough that output and key presses are not seen to wait.
const TURN_MS = 5;

/** Begins the first turn. */
export function createTurns(): Turns {
  let endsAt = performance.now() + TURN_MS;
  return {
    isOver: () => performance.now() >= endsAt,
    async rest() {
      await setImmediate();
      endsAt = performance.now() + TURN_MS;
    },
  };
}

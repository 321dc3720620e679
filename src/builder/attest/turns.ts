import { setImmediate as nextTurn } from 'node:timers/promises';

const TURN_MS = 8;

/** Long work in pieces: a server answers others meanwhile. */
export class Turns {
  #beganAt: number = performance.now();

  /** Whether others should have theirs; `next` is only waited for then, since waiting for nothing takes time as well. */
  get isOver(): boolean {
    return performance.now() - this.#beganAt > TURN_MS;
  }

  /** Ends when it is this work's turn again. */
  async next(): Promise<void> {
    await nextTurn();
    this.#beganAt = performance.now();
  }
}

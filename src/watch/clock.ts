/** What tells the time; tests bring their own. */
export interface Clock {
  /** Milliseconds from any point; never goes back. */
  now(): number;
  /** Calls once after a time; the function that it returns calls it off. */
  after(delayMs: number, action: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

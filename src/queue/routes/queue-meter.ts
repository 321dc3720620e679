/** What happens to the queue, counted; the server has one that is scraped. */
export interface QueueMeter {
  created(): void;
  /** A claim was answered with so many runs. */
  claimed(runs: number, waitedMs: number): void;
}

export const NO_METER: QueueMeter = { created: () => undefined, claimed: () => undefined };

import type { Claim, Reclaim } from '../../queue-api/index.ts';

/** How many claims back the server's clock is believed: clocks drift and are set. */
const REMEMBERED = 16;

/**
 * Tells when claims end by this machine's clock. Their moments are the server's, whose clock may be minutes off; what a
 * claim says of its beginning tells by how much, and the answer that was on its way for the shortest time tells it best.
 */
export interface ClaimClock {
  /** Learns from a claim that came just now. */
  learn(claim: Claim | Reclaim): void;
  /** Milliseconds until it ends; negative: it has ended. */
  untilMs(takenUntil: string): number;
}

export function createClaimClock(now: () => number): ClaimClock {
  const aheads: number[] = [];
  const lengths = new Map<string, number>();
  return {
    learn({ status, runId, takenUntil }) {
      const key = `${status.taskId}/${runId}`;
      const started = status.runs[runId]?.started;
      const until = Date.parse(takenUntil);
      // The first claim says how long claims hold; later ones began that long before their end.
      const lengthMs = lengths.get(key) ?? (started === undefined ? undefined : until - Date.parse(started));
      if (lengthMs === undefined || !(lengthMs > 0)) return;
      lengths.delete(key);
      lengths.set(key, lengthMs);
      for (const oldest of lengths.keys()) if (lengths.size > 1_000) lengths.delete(oldest);
      aheads.push(now() - (until - lengthMs));
      if (aheads.length > REMEMBERED) aheads.shift();
    },
    untilMs: (takenUntil) => Date.parse(takenUntil) + (aheads.length === 0 ? 0 : Math.min(...aheads)) - now(),
  };
}

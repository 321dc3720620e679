import { MAX_METADATA_BYTES, type SummaryRef } from '../ostree/index.ts';
import type { SummaryTable } from './summary-table.ts';

/** What goes into a summary, and what does not fit. */
export interface FittedSummary {
  readonly table: SummaryTable;
  readonly leftOut: readonly SummaryRef[];
}

/** The end of an element's padding and its offset in the table. */
const ELEMENT_OVERHEAD_BYTES = 7 + 4;
/** What a summary has beside its refs. */
const FACTS_BYTES = 1024;

/** Clocks differ by less. */
const FUTURE_SECONDS = 24 * 60 * 60;

/** A commit says itself when it was made: who says that it is to come would never be left out. */
const madeAt = ({ timestampSeconds = 0 }: SummaryRef, now: number): number =>
  timestampSeconds > now + FUTURE_SECONDS ? 0 : timestampSeconds;

/**
 * Leaves the oldest refs out of a table that nobody could read, and none of those that were set this moment: their pushers
 * see them listed.
 */
export function fitSummary(
  table: SummaryTable,
  now: number,
  set: ReadonlySet<string> = new Set(),
  maxBytes: number = MAX_METADATA_BYTES,
): FittedSummary {
  if (table.bytes.length <= maxBytes) return { table, leftOut: [] };
  const newest = table
    .all()
    .map((each) => ({ ...each, rank: set.has(each.ref.ref) ? Infinity : madeAt(each.ref, now) }))
    .sort((a, b) => b.rank - a.rank);
  let left = maxBytes - FACTS_BYTES;
  const leftOut: SummaryRef[] = [];
  for (const { ref, sizeBytes } of newest) {
    left -= sizeBytes + ELEMENT_OVERHEAD_BYTES;
    if (left < 0) leftOut.push(ref);
  }
  return { table: table.with(new Map(leftOut.map(({ ref }) => [ref, undefined])), now), leftOut };
}

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
    .map((each) => ({ ...each, rank: set.has(each.ref.ref) ? Infinity : (each.ref.timestampSeconds ?? 0) }))
    .sort((a, b) => b.rank - a.rank);
  let left = maxBytes - FACTS_BYTES;
  const leftOut: SummaryRef[] = [];
  for (const { ref, sizeBytes } of newest) {
    left -= sizeBytes + ELEMENT_OVERHEAD_BYTES;
    if (left < 0) leftOut.push(ref);
  }
  return { table: table.with(new Map(leftOut.map(({ ref }) => [ref, undefined])), now), leftOut };
}

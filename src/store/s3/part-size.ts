const MIB = 1024 * 1024;

/** S3 takes no more of an upload. */
export const MAX_PARTS = 10_000;

/**
 * The original sent parts of 100 MiB. A part stays in memory until S3 has it, so that it can be sent again: smaller ones
 * bound that, and what a lost connection costs. 10,000 of them are 156 GiB.
 */
const PART_BYTES = 16 * MIB;

/** How large the parts of a content are; whole MiB. */
export function partBytesFor(sizeBytes: number | undefined): number {
  const needed = Math.ceil((sizeBytes ?? 0) / MAX_PARTS / MIB) * MIB;
  return Math.max(PART_BYTES, needed);
}

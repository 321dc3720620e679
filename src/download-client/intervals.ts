import type { ByteRange } from '../store/index.ts';

/** Adds a range to ranges that are in order and do not touch each other, and keeps them so. */
export function addRange(ranges: readonly ByteRange[], added: ByteRange): ByteRange[] {
  if (added.end <= added.start) return [...ranges];
  const before = ranges.filter(({ end }) => end < added.start);
  const after = ranges.filter(({ start }) => start > added.end);
  const touched = ranges.slice(before.length, ranges.length - after.length);
  const start = Math.min(added.start, touched[0]?.start ?? added.start);
  const end = Math.max(added.end, touched.at(-1)?.end ?? added.end);
  return [...before, { start, end }, ...after];
}

/** What of a content is in none of the ranges, in pieces of at most so many bytes. */
export function missingPieces(
  done: readonly ByteRange[],
  sizeBytes: number,
  pieceBytes: number,
): ByteRange[] {
  const pieces: ByteRange[] = [];
  let at = 0;
  for (const { start, end } of [...done, { start: sizeBytes, end: sizeBytes }]) {
    for (; at < start; at = Math.min(start, at + pieceBytes)) {
      pieces.push({ start: at, end: Math.min(start, at + pieceBytes) });
    }
    at = Math.max(at, end);
  }
  return pieces;
}

export const countBytes = (ranges: readonly ByteRange[]): number =>
  ranges.reduce((sum, { start, end }) => sum + end - start, 0);

import type { Segment } from './parse-line.ts';

/** Where something was found in a line: letters of its shown text. */
export interface Hit {
  readonly from: number;
  readonly to: number;
  /** Which of all that was found. */
  readonly index: number;
}

/** What was found in a line, of matches in the order of lines (three numbers each). */
export function hitsIn(matches: Uint32Array, line: number): Hit[] {
  const hits: Hit[] = [];
  for (let index = firstMatchFrom(matches, line); matches[index * 3] === line; index += 1) {
    hits.push({ from: matches[index * 3 + 1] ?? 0, to: matches[index * 3 + 2] ?? 0, index });
  }
  return hits;
}

/** The index of the first match in a line or behind it; how many there are, where there is none. */
export function firstMatchFrom(matches: Uint32Array, line: number): number {
  let [low, high] = [0, matches.length / 3];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((matches[middle * 3] ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A piece of a segment, inside of what was found or outside. */
export type MarkedPiece = Segment & { readonly hit?: number };

/** Cuts segments where what was found begins and ends. */
export function markHits(segments: readonly Segment[], hits: readonly Hit[]): readonly MarkedPiece[] {
  if (hits.length === 0) return segments;
  const pieces: MarkedPiece[] = [];
  let offset = 0;
  let next = 0;
  for (const segment of segments) {
    const end = offset + segment.text.length;
    let at = offset;
    while (at < end) {
      while ((hits[next]?.to ?? Number.POSITIVE_INFINITY) <= at) next += 1;
      const hit = hits[next];
      const isIn = hit !== undefined && hit.from <= at;
      const to = Math.min(end, hit === undefined ? end : isIn ? hit.to : hit.from);
      const text = segment.text.slice(at - offset, to - offset);
      pieces.push({ ...segment, text, ...(isIn && { hit: hit.index }) });
      at = to;
    }
    offset = end;
  }
  return pieces;
}

import type { ByteRange } from './store.ts';

/** A range cut to what is there: beyond the end there is nothing. */
export function cutRange(range: ByteRange | undefined, sizeBytes: number): ByteRange {
  const start = Math.min(range?.start ?? 0, sizeBytes);
  return { start, end: Math.max(start, Math.min(range?.end ?? sizeBytes, sizeBytes)) };
}

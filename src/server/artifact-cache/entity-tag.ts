import { createHash, randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import type { Place } from '../../cache/index.ts';

// What is changed twice within a tick of the kernel's clock may look the same; the rest is for clocks that differ.
const FRESH_MS = 1000;

/** Of an object. Metadata is what its name says; one file may be compressed in more than one way. */
export function objectTag(
  { kind, object }: Place,
  sizeBytes: number,
  modifiedMs?: number,
): string | undefined {
  if (object === undefined || kind === 'commitmeta') return undefined;
  if (kind !== 'filez') return object.id;
  const modified = modifiedMs === undefined ? [] : [Math.floor(modifiedMs).toString(36)];
  return [object.id, sizeBytes.toString(36), ...modified].join('-');
}

/** Of a small file that may be replaced. */
export const contentTag = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64url');

/** Of a large file that may be replaced; one that was replaced just now has another tag each time. */
export function stateTag({ dev, ino, size, mtimeMs, ctimeMs }: Stats, now: number): string {
  const state = now - ctimeMs < FRESH_MS ? randomUUID() : [dev, ino, size, mtimeMs, ctimeMs].join(':');
  return createHash('sha256').update(state).digest('base64url');
}

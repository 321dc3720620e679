import { ArchiveError } from '../error.ts';
import type { Layout, LayoutPiece } from './layout.ts';

/** An archive as units after each other; what is in one is made when it is needed. */
export interface UnitLayout {
  readonly format: Layout['format'];
  readonly units: number;
  /** How many of them may have content in them: those that come first. */
  readonly contentUnits: number;
  /** Where a unit begins; for the number after the last one's: where the archive ends. */
  startOf(unit: number): number;
  /** The pieces of a unit, which add up to its length. */
  make(unit: number): readonly LayoutPiece[];
}

/** Throws `LIMIT` where places in it could not be told exactly. */
export function createUnitLayout(given: UnitLayout): Layout {
  const sizeBytes = given.startOf(given.units);
  if (!Number.isSafeInteger(sizeBytes))
    throw new ArchiveError('LIMIT', `An archive cannot have ${sizeBytes} bytes`);
  return {
    format: given.format,
    sizeBytes,
    contentEnd: given.startOf(given.contentUnits),
    pieces(start, end) {
      if (!(start >= 0 && start <= end && end <= sizeBytes)) {
        throw new RangeError(`An archive of ${sizeBytes} bytes has none from ${start} to ${end}`);
      }
      return cutPieces(given, start, end);
    },
  };
}

function* cutPieces(given: UnitLayout, start: number, end: number): Generator<LayoutPiece, void, undefined> {
  for (let unit = find(given, start); unit < given.units; unit += 1) {
    let at = given.startOf(unit);
    if (at >= end) return;
    for (const piece of given.make(unit)) {
      const size = pieceSize(piece);
      const [from, to] = [Math.max(start - at, 0), Math.min(end - at, size)];
      if (from < to) yield cut(piece, from, to);
      at += size;
    }
    // Every byte after it would be wrong.
    if (at !== given.startOf(unit + 1))
      throw new Error(`Unit ${unit} of a ${given.format} has another length`);
  }
}

/** The last unit that begins at a place or before it. */
function find(given: UnitLayout, place: number): number {
  let [low, high] = [0, given.units];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (given.startOf(middle) <= place) low = middle;
    else high = middle;
  }
  return low;
}

export const pieceSize = (piece: LayoutPiece): number =>
  piece.type === 'bytes' ? piece.bytes.length : piece.end - piece.start;

function cut(piece: LayoutPiece, from: number, to: number): LayoutPiece {
  if (piece.type === 'bytes') return { type: 'bytes', bytes: piece.bytes.subarray(from, to) };
  return { ...piece, start: piece.start + from, end: piece.start + to };
}

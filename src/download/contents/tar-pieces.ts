import type { ContentPiece } from '../../archive/index.ts';
import { type ByteRange, type ObjectStore, type StoredObject, StoreError } from '../../store/index.ts';
import { chunkCursor } from './chunk-cursor.ts';
import type { OpenPieces, PieceReader } from './piece-reader.ts';
import { openPinned } from './stored-tar.ts';

/** What one opening of a stored object gives: several pieces that are close together. */
interface Span extends ByteRange {
  readonly pieces: number;
}

// What lies between two small files of a tar is a header of 512 bytes and padding, seldom more than 2 KiB; to read over
// what was left out costs less than a request, up to about what comes in during one.
const MAX_GAP_BYTES = 64 * 1024;
// How far to look ahead: so many headers are made before the first byte. 2,000 small files are then one request.
const MAX_SPAN_PIECES = 2000;

/** Reads pieces of files that are in a stored tar, `offsets[entry]` being where an entry's content begins. */
export function openTarPieces(
  store: ObjectStore,
  object: StoredObject,
  offsets: ArrayLike<number>,
): OpenPieces {
  return (upcoming, signal) => createReader(store, object, { offsets, upcoming, signal });
}

interface ReaderOptions {
  readonly offsets: ArrayLike<number>;
  readonly upcoming: Iterable<ContentPiece>;
  readonly signal: AbortSignal;
}

function createReader(
  store: ObjectStore,
  object: StoredObject,
  { offsets, upcoming, signal }: ReaderOptions,
): PieceReader {
  const rangeOf = ({ entry, start, end }: ContentPiece): ByteRange => {
    const offset = offsets[entry] ?? Number.NaN;
    return { start: offset + start, end: offset + end };
  };
  const spans = spansOf(upcoming, rangeOf);
  let left = 0;
  let open = chunkCursor();
  return {
    async *read(piece) {
      const range = rangeOf(piece);
      if (left === 0) {
        const span = spans.next().value;
        await open[Symbol.asyncDispose]();
        open = chunkCursor();
        if (span === undefined) throw new Error('A piece was read that had not been announced');
        open = chunkCursor(span.start, await openPinned(store, object, span, signal));
        left = span.pieces;
      }
      left -= 1;
      yield* open.take(range, (at) => endedEarly(store, object, at));
    },
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
}

/** Puts together pieces that follow each other closely. */
function* spansOf(
  pieces: Iterable<ContentPiece>,
  rangeOf: (piece: ContentPiece) => ByteRange,
): Generator<Span, undefined, undefined> {
  let span: Span | undefined;
  for (const piece of pieces) {
    const { start, end } = rangeOf(piece);
    const gap = span === undefined ? 0 : start - span.end;
    if (span !== undefined && gap >= 0 && gap <= MAX_GAP_BYTES && span.pieces < MAX_SPAN_PIECES) {
      span = { start: span.start, end, pieces: span.pieces + 1 };
      continue;
    }
    if (span !== undefined) yield span;
    span = { start, end, pieces: 1 };
  }
  if (span !== undefined) yield span;
}

const endedEarly = (store: ObjectStore, { key, sizeBytes }: StoredObject, at: number): StoreError =>
  new StoreError('TRUNCATED', `${key} in ${store.name} ended at byte ${at}, expected ${sizeBytes} bytes`);

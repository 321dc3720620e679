import type { ContentPiece } from '../../archive/index.ts';
import type { ByteRange } from '../../store/index.ts';
import { chunkCursor } from './chunk-cursor.ts';
import type { PieceReader } from './piece-reader.ts';

/** Where a piece is: a range of one of several sources. */
export interface PiecePlace extends ByteRange {
  readonly source: number;
}

/** Pieces of one source that are close together, to be read from one opening of it. */
interface Span extends PiecePlace {
  readonly pieces: number;
}

export interface SpanReaderOptions {
  readonly upcoming: Iterable<ContentPiece>;
  readonly placeOf: (piece: ContentPiece) => PiecePlace;
  /** Opens a range of a source. */
  readonly open: (place: PiecePlace) => Promise<AsyncIterable<Uint8Array> & AsyncDisposable>;
  /** Makes the error for a source that ended at a byte within the range. */
  readonly endedEarly: (place: PiecePlace, at: number) => Error;
}

// What lies between two small files of a tar is a header of 512 bytes and padding, seldom more than 2 KiB; to read over
// what was left out costs less than a request, up to about what comes in during one.
const MAX_GAP_BYTES = 64 * 1024;
// How far to look ahead: so many headers are made before the first byte. 2,000 small files are then one request.
const MAX_SPAN_PIECES = 2000;

/** Reads pieces from as few openings of their sources as their places allow. */
export function createSpanReader({ upcoming, placeOf, open, endedEarly }: SpanReaderOptions): PieceReader {
  const spans = spansOf(upcoming, placeOf);
  let left = 0;
  let cursor = chunkCursor();
  return {
    async *read(piece) {
      const place = placeOf(piece);
      if (left === 0) {
        await cursor[Symbol.asyncDispose]();
        cursor = chunkCursor();
        const span = spans.next().value;
        if (span === undefined) throw new Error('A piece was read that had not been announced');
        cursor = chunkCursor(span.start, await open(span));
        left = span.pieces;
      }
      left -= 1;
      yield* cursor.take(place, (at) => endedEarly(place, at));
    },
    [Symbol.asyncDispose]: () => cursor[Symbol.asyncDispose](),
  };
}

/** Puts together pieces that follow each other closely. */
function* spansOf(
  pieces: Iterable<ContentPiece>,
  placeOf: SpanReaderOptions['placeOf'],
): Generator<Span, undefined, undefined> {
  let span: Span | undefined;
  for (const piece of pieces) {
    const place = placeOf(piece);
    if (span !== undefined && isNext(span, place)) {
      span = { ...span, end: place.end, pieces: span.pieces + 1 };
      continue;
    }
    if (span !== undefined) yield span;
    span = { ...place, pieces: 1 };
  }
  if (span !== undefined) yield span;
}

function isNext(span: Span, { source, start }: PiecePlace): boolean {
  const gap = start - span.end;
  return source === span.source && gap >= 0 && gap <= MAX_GAP_BYTES && span.pieces < MAX_SPAN_PIECES;
}

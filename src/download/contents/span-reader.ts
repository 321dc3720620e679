import type { ContentPiece } from '../../archive/index.ts';
import type { ByteRange } from '../../store/index.ts';
import { chunkCursor } from './chunk-cursor.ts';
import type { PieceReader } from './piece-reader.ts';

/** Where a piece is: a range of one of several sources. */
export interface PiecePlace extends ByteRange {
  readonly source: number;
}

export type Opened = AsyncIterable<Uint8Array> & AsyncDisposable;

/** Pieces of one source that are close together, to be read from one opening of it. */
interface Span extends PiecePlace {
  readonly pieces: number;
}

export interface SpanReaderOptions {
  readonly upcoming: Iterable<ContentPiece>;
  readonly placeOf: (piece: ContentPiece) => PiecePlace;
  /** Opens a range of a source. */
  readonly open: (place: PiecePlace) => Promise<Opened>;
  /** Sources are opened ahead of their turn for as long as what is read of them is no more than this. @defaultValue 0 */
  readonly aheadBytes?: number;
  /** Makes the error for a source that ended at a byte within the range. */
  readonly endedEarly: (place: PiecePlace, at: number) => Error;
}

// What lies between two small files of a tar is a header of 512 bytes and padding, seldom more than 2 KiB; to read over
// what was left out costs less than a request, up to about what comes in during one.
const MAX_GAP_BYTES = 64 * 1024;
// How far to look ahead: so many headers are made before the first byte. 2,000 small files are then one request.
const MAX_SPAN_PIECES = 2000;

/** Reads pieces from as few openings of their sources as their places allow. */
export function createSpanReader(options: SpanReaderOptions): PieceReader {
  const { upcoming, placeOf, endedEarly } = options;
  const openings = createOpenings(spansOf(upcoming, placeOf), options);
  let left = 0;
  let cursor = chunkCursor();
  return {
    async *read(piece) {
      const place = placeOf(piece);
      if (left === 0) {
        await cursor[Symbol.asyncDispose]();
        cursor = chunkCursor();
        const { span, opened } = openings.next();
        cursor = chunkCursor(span.start, await opened);
        left = span.pieces;
      }
      left -= 1;
      yield* cursor.take(place, (at) => endedEarly(place, at));
    },
    async [Symbol.asyncDispose]() {
      await using _ahead = openings;
      await cursor[Symbol.asyncDispose]();
    },
  };
}

interface Opening {
  readonly span: Span;
  readonly opened: Promise<Opened>;
}

interface Openings extends AsyncDisposable {
  /** The next span; whoever gets it closes it. */
  next(): Opening;
}

/** Opens spans in their order, and small ones ahead of their turn. */
function createOpenings(
  spans: Generator<Span, undefined, undefined>,
  { open, aheadBytes = 0 }: SpanReaderOptions,
): Openings {
  const ahead: Opening[] = [];
  let heldBytes = 0;
  let following: IteratorResult<Span, undefined> | undefined;
  const openNext = (maxBytes: number): Opening | undefined => {
    following ??= spans.next();
    const span = following.value;
    if (span === undefined || sizeOf(span) > maxBytes) return undefined;
    following = undefined;
    const opened = open(span);
    opened.catch(() => undefined); // told when it is its turn, which may be never
    return { span, opened };
  };
  return {
    next() {
      const waiting = ahead.shift();
      heldBytes -= waiting === undefined ? 0 : sizeOf(waiting.span);
      const opening = waiting ?? openNext(Number.POSITIVE_INFINITY);
      if (opening === undefined) throw new Error('A piece was read that had not been announced');
      while (heldBytes < aheadBytes) {
        const next = openNext(aheadBytes - heldBytes);
        if (next === undefined) break;
        heldBytes += sizeOf(next.span);
        ahead.push(next);
      }
      return opening;
    },
    async [Symbol.asyncDispose]() {
      for (const { opened } of ahead.splice(0)) {
        const content = await opened.catch(() => undefined);
        await content?.[Symbol.asyncDispose]();
      }
    },
  };
}

const LEAST_BYTES = 4096; // what to open something costs, however small it is

const sizeOf = ({ start, end }: Span): number => Math.max(end - start, LEAST_BYTES);

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

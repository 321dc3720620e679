import type { ContentPiece, Layout } from '../../archive/index.ts';
import type { ByteRange } from '../../store/index.ts';
import { gatherChunks } from './gather-chunks.ts';

/** Gives what is in a layout's files, in the order of the pieces that it was opened for. */
export interface PieceReader extends AsyncDisposable {
  /** The bytes of the next piece, borrowed. Read it to its end before the next one. */
  read(piece: ContentPiece): AsyncIterable<Uint8Array>;
}

/** `upcoming`: the pieces that will be read, to look ahead; it may be iterated once. */
export type OpenPieces = (upcoming: Iterable<ContentPiece>, signal: AbortSignal) => PieceReader;

/** The bytes of a range of an archive, in borrowed chunks. Nothing is opened that the range does not need. */
export function readLayout(
  layout: Layout,
  range: ByteRange,
  open: OpenPieces,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  return gatherChunks(readPieces(layout, range, open, signal), range.end - range.start);
}

async function* readPieces(
  layout: Layout,
  { start, end }: ByteRange,
  open: OpenPieces,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  await using reader = open(contentsOf(layout, { start, end }), signal);
  for (const piece of layout.pieces(start, end)) {
    signal.throwIfAborted();
    if (piece.type === 'bytes') yield piece.bytes;
    else yield* reader.read(piece);
  }
}

function* contentsOf(layout: Layout, range: ByteRange): Generator<ContentPiece, void, undefined> {
  const end = Math.min(range.end, layout.contentEnd);
  const start = Math.min(range.start, end);
  for (const piece of layout.pieces(start, end)) if (piece.type === 'content') yield piece;
}

/**
 * Raised whenever the same entries make other bytes than before: whoever names an archive by what is in it puts this into
 * the name.
 */
export const LAYOUT_VERSION = 1;

/** What goes into an archive that is made on the fly. Everything about it is known before its bytes are read. */
export interface LayoutEntry {
  /** Relative, `/` between parts; no part is empty, `.` or `..`. */
  readonly path: string;
  readonly type: 'file' | 'folder' | 'link';
  /** Permission bits. */
  readonly mode: number;
  /** Whole seconds since the epoch. */
  readonly modifiedAt: number;
  /** Of a file's content; 0 for what is no file. */
  readonly sizeBytes: number;
  /** Of a file's content, needed for zip and tar.gz. */
  readonly crc32?: number;
  /** Of a link. */
  readonly target?: string;
}

/** A piece of a layout: bytes that are given, or a part of an entry's content. */
export type LayoutPiece = { readonly type: 'bytes'; readonly bytes: Uint8Array } | ContentPiece;

export interface ContentPiece {
  readonly type: 'content';
  /** Its place among the entries that the layout was made of. */
  readonly entry: number;
  readonly start: number;
  readonly end: number;
}

/** An archive as a sequence of pieces, any range of which can be told without making what is before it. */
export interface Layout {
  readonly format: 'tar' | 'tar.gz' | 'zip';
  readonly sizeBytes: number;
  /** From here on no piece is an entry's content. */
  readonly contentEnd: number;
  /** The pieces of the bytes from `start` up to, not including, `end`, in order. Made one by one while they are asked for. */
  pieces(start: number, end: number): Iterable<LayoutPiece>;
}

export interface LayoutOptions {
  /** A folder that everything is put into. Absent: none. */
  readonly top?: Pick<LayoutEntry, 'path' | 'mode' | 'modifiedAt'>;
}

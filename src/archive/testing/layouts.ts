import { crc32 } from 'node:zlib';
import type { Layout, LayoutEntry, LayoutPiece } from '../layout/layout.ts';

/** An entry together with what a file holds. */
export interface EntryWithContent {
  readonly entry: LayoutEntry;
  readonly content: Buffer;
}

const ABOUT = { mode: 0o644, modifiedAt: 1_700_000_000, sizeBytes: 0 } as const;

export function fileEntry(path: string, text: string | Uint8Array, more: Partial<LayoutEntry> = {}) {
  const content = Buffer.from(text);
  const about = { sizeBytes: content.length, crc32: crc32(content) };
  return { entry: { ...ABOUT, ...about, ...more, path, type: 'file' }, content } satisfies EntryWithContent;
}

export function folderEntry(path: string, more: Partial<LayoutEntry> = {}): EntryWithContent {
  return { entry: { ...ABOUT, mode: 0o755, ...more, path, type: 'folder' }, content: Buffer.alloc(0) };
}

export function linkEntry(path: string, target: string, more: Partial<LayoutEntry> = {}): EntryWithContent {
  return { entry: { ...ABOUT, mode: 0o777, ...more, path, type: 'link', target }, content: Buffer.alloc(0) };
}

export const entriesOf = (items: readonly EntryWithContent[]): LayoutEntry[] =>
  items.map(({ entry }) => entry);

const bytesOf = (piece: LayoutPiece, items: readonly EntryWithContent[]): Uint8Array =>
  piece.type === 'bytes'
    ? piece.bytes
    : (items[piece.entry]?.content ?? Buffer.alloc(0)).subarray(piece.start, piece.end);

/** The bytes of an archive, or of a range of it. */
export function renderLayout(
  layout: Layout,
  items: readonly EntryWithContent[],
  [start, end]: readonly [number, number] = [0, layout.sizeBytes],
): Buffer {
  return Buffer.concat([...layout.pieces(start, end)].map((piece) => bytesOf(piece, items)));
}

import { bytePath } from '../byte-path.ts';
import { BLOCK, encodeHeader, type HeaderFields, headerSize, paddedSize } from '../tar-header.ts';
import { type ChosenEntry, chooseEntries } from './choose-entries.ts';
import type { Layout, LayoutEntry, LayoutOptions, LayoutPiece } from './layout.ts';
import { createUnitLayout } from './unit-layout.ts';

const END_BYTES = 2 * BLOCK;

/** A tar: ustar, with pax headers where a name or a size needs them. Everything in it is root's. Throws `UNSAFE_ENTRY`. */
export function layoutTar(entries: readonly LayoutEntry[], options: LayoutOptions = {}): Layout {
  return layoutChosenTar(chooseEntries(entries, options));
}

export function layoutChosenTar(chosen: readonly ChosenEntry[]): Layout {
  const starts = new Float64Array(chosen.length + 2);
  let at = 0;
  for (const [i, item] of chosen.entries()) {
    starts[i] = at;
    at += headerSize(fieldsOf(item)) + paddedSize(item.entry.sizeBytes);
  }
  starts.set([at, at + END_BYTES], chosen.length);
  return createUnitLayout({
    format: 'tar',
    units: chosen.length + 1,
    contentUnits: chosen.length,
    startOf: (unit) => starts[unit] ?? Number.NaN,
    make: (unit) => makeUnit(chosen[unit]),
  });
}

/** An entry's header and content; after the last entry the end mark. */
function makeUnit(item: ChosenEntry | undefined): readonly LayoutPiece[] {
  if (item === undefined) return [{ type: 'bytes', bytes: Buffer.alloc(END_BYTES) }];
  const header: LayoutPiece = { type: 'bytes', bytes: encodeHeader(fieldsOf(item)) };
  const { sizeBytes } = item.entry;
  if (sizeBytes === 0) return [header];
  return [
    header,
    { type: 'content', entry: item.index, start: 0, end: sizeBytes },
    { type: 'bytes', bytes: Buffer.alloc(paddedSize(sizeBytes) - sizeBytes) },
  ];
}

const fieldsOf = ({ path, entry }: ChosenEntry): HeaderFields => ({
  path: bytePath(path),
  kind: entry.type,
  mode: entry.mode,
  sizeBytes: entry.sizeBytes,
  mtimeSeconds: entry.modifiedAt,
  uid: 0,
  gid: 0,
  target: bytePath(entry.target ?? ''),
});

import { type ChosenEntry, chooseEntries, refuse } from './choose-entries.ts';
import { checksumOf } from './entry-checksum.ts';
import type { Layout, LayoutEntry, LayoutOptions, LayoutPiece } from './layout.ts';
import { createUnitLayout } from './unit-layout.ts';
import { encodeEnd, endSize } from './zip-end.ts';
import { centralHeader, centralSize, localHeader, localSize, type ZipMember } from './zip-headers.ts';

/**
 * A zip whose files are stored as they are, with sizes and checksums before their content, Unix modes and links. What does
 * not fit into the classic format is in zip64's records. Names are UTF-8; a `\`, which some programs take for the end of
 * a folder's name, becomes `%5C`. Throws `UNSAFE_ENTRY`, and `CORRUPT` where a file has no checksum.
 */
export function layoutZip(entries: readonly LayoutEntry[], options: LayoutOptions = {}): Layout {
  const chosen = chooseEntries(entries, options);
  checkNames(chosen);
  const count = chosen.length;
  // All members, then the directory of them, then its end.
  const starts = new Float64Array(2 * count + 2);
  const directorySizes = new Float64Array(count);
  let at = 0;
  chosen.forEach((item, i) => {
    const member = memberOf(item, at);
    starts[i] = at;
    directorySizes[i] = centralSize(member);
    at += localSize(member) + member.sizeBytes;
  });
  const directoryStart = at;
  directorySizes.forEach((size, i) => {
    starts[count + i] = at;
    at += size;
  });
  const directory = { count, start: directoryStart, sizeBytes: at - directoryStart };
  starts.set([at, at + endSize(directory)], 2 * count);
  const startOf = (unit: number): number => starts[unit] ?? Number.NaN;
  const make = (unit: number): readonly LayoutPiece[] => {
    const place = unit < count ? unit : unit - count;
    const item = chosen[place];
    if (item === undefined) return [{ type: 'bytes', bytes: encodeEnd(directory) }];
    const member = memberOf(item, startOf(place));
    return unit < count ? memberUnit(item, member) : [{ type: 'bytes', bytes: centralHeader(member) }];
  };
  return createUnitLayout({ format: 'zip', units: 2 * count + 1, contentUnits: count, startOf, make });
}

function memberUnit({ index, entry }: ChosenEntry, member: ZipMember): readonly LayoutPiece[] {
  const header: LayoutPiece = { type: 'bytes', bytes: localHeader(member) };
  if (entry.type === 'link') return [header, { type: 'bytes', bytes: Buffer.from(entry.target ?? '') }];
  return [header, { type: 'content', entry: index, start: 0, end: entry.sizeBytes }];
}

function memberOf({ path, entry }: ChosenEntry, offset: number): ZipMember {
  const name = zipName(entry.type === 'folder' ? `${path}/` : path);
  return {
    name,
    nameBytes: Buffer.byteLength(name),
    type: entry.type,
    mode: entry.mode,
    modifiedAt: entry.modifiedAt,
    sizeBytes: entry.type === 'link' ? Buffer.byteLength(entry.target ?? '') : entry.sizeBytes,
    crc32: checksumOf(entry),
    offset,
  };
}

const zipName = (path: string): string => (path.includes('\\') ? path.replaceAll('\\', '%5C') : path);

/** Two names that become one would be one file for whoever unpacks them. */
function checkNames(chosen: readonly ChosenEntry[]): void {
  const changed = chosen.filter(({ path }) => path.includes('\\'));
  if (changed.length === 0) return;
  const names = new Set(chosen.map(({ path }) => path));
  for (const { path } of changed) {
    const name = zipName(path);
    if (names.has(name))
      throw refuse(path, `a zip would call it ${JSON.stringify(name)}, which is there too`);
    names.add(name);
  }
}

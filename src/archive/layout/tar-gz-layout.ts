import { crc32 } from 'node:zlib';
import { combineCrc32 } from '../crc32-combine.ts';
import { chooseEntries } from './choose-entries.ts';
import { checksumOf } from './entry-checksum.ts';
import type { Layout, LayoutEntry, LayoutOptions } from './layout.ts';
import { layoutChosenTar } from './tar-layout.ts';
import { createUnitLayout, pieceSize } from './unit-layout.ts';

// Magic number, deflate, no flags, no time, no hint, from an unknown system.
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
const TRAILER_BYTES = 8;
const BLOCK_HEADER_BYTES = 5;
const MAX_BLOCK_BYTES = 65_535;

/**
 * The same tar in gzip's format without compression: deflate blocks that are stored as they are, so that every byte's place
 * is known. The trailer has the checksum of the whole tar, combined from those of its parts when it is asked for.
 * Throws `UNSAFE_ENTRY`, and `CORRUPT` where a file has no checksum.
 */
export function layoutTarGz(entries: readonly LayoutEntry[], options: LayoutOptions = {}): Layout {
  const chosen = chooseEntries(entries, options);
  const sums = new Uint32Array(entries.length);
  for (const { index, entry } of chosen) if (entry.type === 'file') sums[index] = checksumOf(entry);
  const tar = layoutChosenTar(chosen);
  const blocks = Math.ceil(tar.sizeBytes / MAX_BLOCK_BYTES);
  const blocksEnd = HEADER.length + tar.sizeBytes + blocks * BLOCK_HEADER_BYTES;
  let trailer: Buffer | undefined;
  // The header, the blocks, the trailer.
  return createUnitLayout({
    format: 'tar.gz',
    units: blocks + 2,
    contentUnits: blocks + 1,
    startOf(unit) {
      if (unit === 0) return 0;
      if (unit > blocks) return blocksEnd + (unit - blocks - 1) * TRAILER_BYTES;
      return HEADER.length + (unit - 1) * (BLOCK_HEADER_BYTES + MAX_BLOCK_BYTES);
    },
    make(unit) {
      if (unit === 0) return [{ type: 'bytes', bytes: HEADER }];
      if (unit > blocks) {
        trailer ??= makeTrailer(tar, sums);
        return [{ type: 'bytes', bytes: trailer }];
      }
      const start = (unit - 1) * MAX_BLOCK_BYTES;
      const end = Math.min(start + MAX_BLOCK_BYTES, tar.sizeBytes);
      return [{ type: 'bytes', bytes: blockHeader(end - start, unit === blocks) }, ...tar.pieces(start, end)];
    },
  });
}

function blockHeader(sizeBytes: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(BLOCK_HEADER_BYTES);
  header[0] = isLast ? 1 : 0;
  header.writeUInt16LE(sizeBytes, 1);
  header.writeUInt16LE(sizeBytes ^ 0xffff, 3);
  return header;
}

function makeTrailer(tar: Layout, sums: ArrayLike<number>): Buffer {
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(checksumOfTar(tar, sums), 0);
  trailer.writeUInt32LE(tar.sizeBytes % 2 ** 32, 4);
  return trailer;
}

function checksumOfTar(tar: Layout, sums: ArrayLike<number>): number {
  let sum = 0;
  for (const piece of tar.pieces(0, tar.sizeBytes)) {
    if (piece.type === 'bytes') sum = crc32(piece.bytes, sum);
    else sum = combineCrc32(sum, sums[piece.entry] ?? Number.NaN, pieceSize(piece));
  }
  return sum;
}

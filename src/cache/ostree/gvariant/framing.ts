import { GVariantError } from './error.ts';

/** How many bytes each framing offset of a container has that is so large in all. */
export function offsetWidth(totalBytes: number): number {
  if (totalBytes <= 0xff) return 1;
  if (totalBytes <= 0xffff) return 2;
  return totalBytes <= 0xffff_ffff ? 4 : 8;
}

/** The same for a container that is about to get its offsets. */
export function widthFor(bodyBytes: number, count: number): number {
  for (const width of [1, 2, 4]) if (offsetWidth(bodyBytes + count * width) <= width) return width;
  return 8;
}

/** One framing offset: always little-endian. */
export function readOffset(bytes: Buffer, at: number, width: number): number {
  if (width === 1) return bytes.readUInt8(at);
  if (width === 2) return bytes.readUInt16LE(at);
  if (width === 4) return bytes.readUInt32LE(at);
  const offset = bytes.readBigUInt64LE(at);
  return offset > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(offset);
}

/** Where the next value starts; refuses padding that is not zero or goes beyond `limit`. */
export function skipPadding(bytes: Buffer, at: number, alignment: number, limit: number): number {
  const next = Math.ceil(at / alignment) * alignment;
  if (next > limit) throw new GVariantError('padding goes beyond its container');
  for (let index = at; index < next; index++)
    if (bytes[index] !== 0) throw new GVariantError('padding is not zero');
  return next;
}

import { GVariantError } from './error.ts';
import { Writer } from './writer.ts';

/** In which order the bytes of numbers are. Framing offsets are little-endian in any case. */
export type ByteOrder = 'le' | 'be';

/**
 * Reads and writes one type of GVariant, in its normal form only: whatever is read would be written again byte for byte.
 * `read` and `check` throw `GVariantError`; `bytes` starts where the outermost value starts, so that alignments count
 * from its first byte.
 */
export interface Codec<T> {
  /** Its type string. */
  readonly type: string;
  readonly alignment: 1 | 2 | 4 | 8;
  /** Absent where its size depends on its value. */
  readonly fixedSize?: number;
  read(bytes: Buffer, start: number, end: number): T;
  /** The same without making a value: for what is kept as bytes. */
  check(bytes: Buffer, start: number, end: number): void;
  write(out: Writer, value: T): void;
}

/** The value of exactly these bytes. Throws `GVariantError`. Time and memory are in proportion to the bytes. */
export function decodeVariant<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  requireSize(codec, buffer.length);
  return codec.read(buffer, 0, buffer.length);
}

/** The bytes of a value. Throws `GVariantError` for what its type cannot say. */
export function encodeVariant<T>(codec: Codec<T>, value: T): Buffer {
  const out = new Writer();
  codec.write(out, value);
  return out.finish();
}

/** Refuses another size than a type of fixed size has. */
export function requireSize(codec: Codec<unknown>, sizeBytes: number): void {
  if (codec.fixedSize === undefined || codec.fixedSize === sizeBytes) return;
  throw new GVariantError(`a value of the type ${codec.type} has ${codec.fixedSize} bytes, not ${sizeBytes}`);
}

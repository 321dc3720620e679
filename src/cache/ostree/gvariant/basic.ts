import { isUtf8 } from 'node:buffer';
import type { ByteOrder, Codec } from './codec.ts';
import { GVariantError } from './error.ts';
import type { Writer } from './writer.ts';

type Size = 1 | 2 | 4 | 8;

/** A type of fixed size. */
function fixed<T>(
  type: string,
  size: Size,
  read: (bytes: Buffer, at: number) => T,
  write: (bytes: Buffer, at: number, value: T) => void,
  accepts: (value: T) => boolean,
): Codec<T> {
  return {
    type,
    alignment: size,
    fixedSize: size,
    read,
    check: (bytes, start) => void read(bytes, start),
    write(out, value) {
      if (!accepts(value)) throw new GVariantError(`${String(value)} is no value of the type ${type}`);
      const { buffer, at } = out.number(size);
      write(buffer, at, value);
    },
  };
}

const within = (low: number, high: number) => (value: number) =>
  Number.isInteger(value) && value >= low && value <= high;

const withinBig = (low: bigint, high: bigint) => (value: bigint) => value >= low && value <= high;

function readBoolean(bytes: Buffer, at: number): boolean {
  const byte = bytes[at];
  if (byte !== 0 && byte !== 1) throw new GVariantError('a boolean is neither 0 nor 1');
  return byte === 1;
}

const BYTE = fixed(
  'y',
  1,
  (bytes, at) => bytes.readUInt8(at),
  (bytes, at, value) => bytes.writeUInt8(value, at),
  within(0, 0xff),
);

/** `b` */
export const BOOLEAN: Codec<boolean> = fixed(
  'b',
  1,
  readBoolean,
  (bytes, at, value) => bytes.writeUInt8(value ? 1 : 0, at),
  () => true,
);

const numbers = (order: ByteOrder) => {
  const big = order === 'be';
  return {
    int16: fixed(
      'n',
      2,
      (bytes, at) => (big ? bytes.readInt16BE(at) : bytes.readInt16LE(at)),
      (bytes, at, value) => (big ? bytes.writeInt16BE(value, at) : bytes.writeInt16LE(value, at)),
      within(-0x8000, 0x7fff),
    ),
    uint16: fixed(
      'q',
      2,
      (bytes, at) => (big ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at)),
      (bytes, at, value) => (big ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at)),
      within(0, 0xffff),
    ),
    int32: fixed(
      'i',
      4,
      (bytes, at) => (big ? bytes.readInt32BE(at) : bytes.readInt32LE(at)),
      (bytes, at, value) => (big ? bytes.writeInt32BE(value, at) : bytes.writeInt32LE(value, at)),
      within(-0x8000_0000, 0x7fff_ffff),
    ),
    uint32: fixed(
      'u',
      4,
      (bytes, at) => (big ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)),
      (bytes, at, value) => (big ? bytes.writeUInt32BE(value, at) : bytes.writeUInt32LE(value, at)),
      within(0, 0xffff_ffff),
    ),
    int64: fixed(
      'x',
      8,
      (bytes, at) => (big ? bytes.readBigInt64BE(at) : bytes.readBigInt64LE(at)),
      (bytes, at, value) => (big ? bytes.writeBigInt64BE(value, at) : bytes.writeBigInt64LE(value, at)),
      withinBig(-(2n ** 63n), 2n ** 63n - 1n),
    ),
    uint64: fixed(
      't',
      8,
      (bytes, at) => (big ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at)),
      (bytes, at, value) => (big ? bytes.writeBigUInt64BE(value, at) : bytes.writeBigUInt64LE(value, at)),
      withinBig(0n, 2n ** 64n - 1n),
    ),
    double: fixed(
      'd',
      8,
      (bytes, at) => (big ? bytes.readDoubleBE(at) : bytes.readDoubleLE(at)),
      (bytes, at, value) => (big ? bytes.writeDoubleBE(value, at) : bytes.writeDoubleLE(value, at)),
      () => true,
    ),
  };
};

/** Numbers in either order; those of 64 bits are `bigint`. */
export const NUMBERS = { le: numbers('le'), be: numbers('be') } as const;

/** Text without its NUL; ASCII, which nearly all of it is, without a call into native code per check. */
function readText(bytes: Buffer, start: number, end: number): string {
  if (end <= start || bytes[end - 1] !== 0) throw new GVariantError('a string has no NUL at its end');
  let ascii = true;
  for (let at = start; at < end - 1; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0) throw new GVariantError('a string has a NUL inside');
    if (byte >= 0x80) ascii = false;
  }
  if (ascii) return bytes.toString('latin1', start, end - 1);
  if (!isUtf8(bytes.subarray(start, end - 1))) throw new GVariantError('a string is not UTF-8');
  return bytes.toString('utf8', start, end - 1);
}

function writeText(out: Writer, value: string): void {
  if (value.includes('\0')) throw new GVariantError('a string cannot have a NUL inside');
  if (!value.isWellFormed()) throw new GVariantError('a string has half of a surrogate pair');
  out.text(value);
  out.byte(0);
}

const text = (type: string, accepts: (value: string) => boolean): Codec<string> => {
  const require = (value: string) => {
    if (!accepts(value)) throw new GVariantError(`a value of the type ${type} is not of its form`);
    return value;
  };
  return {
    type,
    alignment: 1,
    read: (bytes, start, end) => require(readText(bytes, start, end)),
    check: (bytes, start, end) => void require(readText(bytes, start, end)),
    write: (out, value) => writeText(out, require(value)),
  };
};

/** `s`: UTF-8 without NUL. */
export const STRING: Codec<string> = text('s', () => true);

/** `o` */
export const OBJECT_PATH = text('o', (value) => /^\/$|^(\/[A-Za-z0-9_]+)+$/.test(value));

/** `ay` as bytes; what is read is a view of what was given. */
export const BYTES: Codec<Uint8Array> = {
  type: 'ay',
  alignment: 1,
  read: (bytes, start, end) => bytes.subarray(start, end),
  check: () => undefined,
  write: (out, value) => out.bytes(value),
};

export { BYTE, text };

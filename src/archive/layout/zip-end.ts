import { MADE_ON_UNIX, MAX_16, MAX_32, VERSION_64 } from './zip-format.ts';

/** Where a zip's directory is. */
export interface ZipDirectory {
  readonly count: number;
  readonly start: number;
  readonly sizeBytes: number;
}

const END_BYTES = 22;
const END64_BYTES = 56;
const LOCATOR64_BYTES = 20;

const needs64 = ({ count, start, sizeBytes }: ZipDirectory): boolean =>
  count >= MAX_16 || start >= MAX_32 || sizeBytes >= MAX_32;

export const endSize = (directory: ZipDirectory): number =>
  (needs64(directory) ? END64_BYTES + LOCATOR64_BYTES : 0) + END_BYTES;

/** What ends a zip: how many members it has and where their directory is. */
export function encodeEnd(directory: ZipDirectory): Buffer {
  const end = Buffer.alloc(endSize(directory));
  const at = needs64(directory) ? writeEnd64(end, directory) : 0;
  const count = Math.min(directory.count, MAX_16);
  end.writeUInt32LE(0x06054b50, at);
  end.writeUInt16LE(count, at + 8);
  end.writeUInt16LE(count, at + 10);
  end.writeUInt32LE(Math.min(directory.sizeBytes, MAX_32), at + 12);
  end.writeUInt32LE(Math.min(directory.start, MAX_32), at + 16);
  return end;
}

/** Writes the same with 64 bits, and where it is; says where that ends. */
function writeEnd64(end: Buffer, { count, start, sizeBytes }: ZipDirectory): number {
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(BigInt(END64_BYTES - 12), 4); // what follows
  end.writeUInt16LE(MADE_ON_UNIX | VERSION_64, 12);
  end.writeUInt16LE(VERSION_64, 14);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(sizeBytes), 40);
  end.writeBigUInt64LE(BigInt(start), 48);
  end.writeUInt32LE(0x07064b50, END64_BYTES);
  end.writeBigUInt64LE(BigInt(start + sizeBytes), END64_BYTES + 8);
  end.writeUInt32LE(1, END64_BYTES + 16); // disks
  return END64_BYTES + LOCATOR64_BYTES;
}

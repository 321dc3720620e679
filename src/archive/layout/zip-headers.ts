import { MADE_ON_UNIX, MAX_32, VERSION, VERSION_64 } from './zip-format.ts';

/** A file, folder or link as a zip has it. */
export interface ZipMember {
  /** Of a folder with a `/` at its end. */
  readonly name: string;
  readonly nameBytes: number;
  readonly type: 'file' | 'folder' | 'link';
  readonly mode: number;
  /** Seconds since 1970. */
  readonly modifiedAt: number;
  readonly sizeBytes: number;
  readonly crc32: number;
  /** Where its local header is. */
  readonly offset: number;
}

const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const EXTRA_HEADER_BYTES = 4;
const TIME_EXTRA_BYTES = 9;

const UTF8_NAMES = 1 << 11;
const DOS_FOLDER = 0x10;
const UNIX_TYPES = { file: 0o100000, folder: 0o040000, link: 0o120000 } as const;

const isLarge = (sizeBytes: number): boolean => sizeBytes >= MAX_32;

/** The values that a member's zip64 field has, in the order of the format. */
const localValues = ({ sizeBytes }: ZipMember): number[] =>
  isLarge(sizeBytes) ? [sizeBytes, sizeBytes] : [];

const centralValues = (member: ZipMember): number[] =>
  isLarge(member.offset) ? [...localValues(member), member.offset] : localValues(member);

const extraSize = (values: number): number =>
  TIME_EXTRA_BYTES + (values === 0 ? 0 : EXTRA_HEADER_BYTES + 8 * values);

// Of every member as soon as there is a layout: so nothing is made to be counted.
export const localSize = ({ nameBytes, sizeBytes }: ZipMember): number =>
  LOCAL_BYTES + nameBytes + extraSize(isLarge(sizeBytes) ? 2 : 0);

export const centralSize = ({ nameBytes, sizeBytes, offset }: ZipMember): number =>
  CENTRAL_BYTES + nameBytes + extraSize((isLarge(sizeBytes) ? 2 : 0) + (isLarge(offset) ? 1 : 0));

/** What goes before a member's content. */
export function localHeader(member: ZipMember): Buffer {
  const header = Buffer.alloc(localSize(member));
  header.writeUInt32LE(0x04034b50, 0);
  const nameEnd = writeCommon(header, member, { at: 4, nameAt: LOCAL_BYTES, values: localValues(member) });
  writeExtra(header, nameEnd, member, localValues(member));
  return header;
}

/** A member's place in the directory. */
export function centralHeader(member: ZipMember): Buffer {
  const values = centralValues(member);
  const header = Buffer.alloc(centralSize(member));
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(MADE_ON_UNIX | VERSION_64, 4);
  const nameEnd = writeCommon(header, member, { at: 6, nameAt: CENTRAL_BYTES, values });
  const mode = UNIX_TYPES[member.type] | (member.mode & 0o7777);
  header.writeUInt32LE(mode * 2 ** 16 + (member.type === 'folder' ? DOS_FOLDER : 0), 38);
  header.writeUInt32LE(Math.min(member.offset, MAX_32), 42);
  writeExtra(header, nameEnd, member, values);
  return header;
}

interface CommonPlaces {
  /** Where the fields begin that both headers have. */
  readonly at: number;
  readonly nameAt: number;
  /** Of zip64. */
  readonly values: readonly number[];
}

/** Writes what both headers of a member have in common, and says where the name ends. */
function writeCommon(header: Buffer, member: ZipMember, { at, nameAt, values }: CommonPlaces): number {
  const { date, time } = dosTime(member.modifiedAt);
  const size = Math.min(member.sizeBytes, MAX_32);
  header.write(member.name, nameAt);
  header.writeUInt16LE(values.length > 0 ? VERSION_64 : VERSION, at);
  header.writeUInt16LE(UTF8_NAMES, at + 2);
  header.writeUInt16LE(0, at + 4); // stored
  header.writeUInt16LE(time, at + 6);
  header.writeUInt16LE(date, at + 8);
  header.writeUInt32LE(member.crc32, at + 10);
  header.writeUInt32LE(size, at + 14);
  header.writeUInt32LE(size, at + 18);
  header.writeUInt16LE(member.nameBytes, at + 22);
  header.writeUInt16LE(extraSize(values.length), at + 24);
  return nameAt + member.nameBytes;
}

/** The extra fields: zip64's, and the time in seconds. */
function writeExtra(header: Buffer, start: number, member: ZipMember, values: readonly number[]): void {
  let at = start;
  if (values.length > 0) {
    header.writeUInt16LE(0x0001, at);
    header.writeUInt16LE(8 * values.length, at + 2);
    at += EXTRA_HEADER_BYTES;
    for (const value of values) at = header.writeBigUInt64LE(BigInt(value), at);
  }
  header.writeUInt16LE(0x5455, at);
  header.writeUInt16LE(TIME_EXTRA_BYTES - EXTRA_HEADER_BYTES, at + 2);
  header[at + 4] = 1; // only the time of the last change
  header.writeInt32LE(clamp(member.modifiedAt, -(2 ** 31), 2 ** 31 - 1), at + 5);
}

/** The time as MS-DOS had it, in steps of two seconds from 1980 to 2107; in UTC, so that it is the same everywhere. */
function dosTime(seconds: number): { date: number; time: number } {
  const time = new Date(clamp(seconds, Date.UTC(1980) / 1000, Date.UTC(2108) / 1000 - 1) * 1000);
  return {
    date: ((time.getUTCFullYear() - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate(),
    time: (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1),
  };
}

const clamp = (value: number, least: number, most: number): number =>
  Math.min(Math.max(Math.floor(value), least), most);

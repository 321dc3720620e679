import { type BytePath, bytePath, bytePathOf, pathText } from './byte-path.ts';
import { ArchiveError } from './error.ts';
import { BLOCK, checksum } from './tar-header.ts';

/** One block of a header, as it stands in the archive. */
export interface RawHeader {
  readonly typeFlag: string;
  readonly path: BytePath;
  readonly target: BytePath;
  readonly mode: number;
  readonly sizeBytes: number;
  /** In whole seconds since 1970; 0 for a time before that, or that makes no sense. */
  readonly modifiedAt: number;
}

const SPACE = 0x20;
const ZERO = 0x30;

/** Reads a header block. Throws `CORRUPT`. */
export function parseHeader(block: Buffer): RawHeader {
  if (readNumber(block, 148, 8) !== checksum(block)) {
    throw new ArchiveError('CORRUPT', 'The archive is damaged: the checksum of a header is wrong');
  }
  const name = readText(block, 0, 100);
  // GNU's own format keeps times where POSIX has the prefix; it differs in the bytes after the magic word.
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? readText(block, 345, 155) : '';
  return {
    typeFlag: String.fromCharCode(block[156] ?? 0),
    path: prefix === '' ? name : bytePathOf(Buffer.from(`${prefix}/${name}`, 'latin1')),
    target: readText(block, 157, 100),
    mode: readNumber(block, 100, 8) & 0o7777,
    sizeBytes: readNumber(block, 124, 12),
    modifiedAt: readTime(block),
  };
}

/** Whether a block is the end mark's. */
export function isZeroBlock(block: Buffer): boolean {
  for (let at = 0; at < BLOCK; at += 1) if (block[at] !== 0) return false;
  return true;
}

/**
 * Reads the records `<length> <key>=<value>` of a pax extension into `records`; an empty value takes an earlier record
 * back. Throws `CORRUPT`.
 */
export function parsePax(content: Buffer, records: Map<string, string>): void {
  const text = content.toString('latin1');
  for (let at = 0; at < text.length; ) {
    const digits = /^\d{1,9} /.exec(text.slice(at, at + 10))?.[0];
    const end = at + Number(digits ?? Number.NaN);
    const record = text.slice(at + (digits?.length ?? 0), end - 1);
    const equals = record.indexOf('=');
    if (digits === undefined || end > text.length || text[end - 1] !== '\n' || equals < 1) {
      throw new ArchiveError('CORRUPT', 'The archive is damaged: an extended header makes no sense');
    }
    records.delete(record.slice(0, equals));
    if (equals < record.length - 1) records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
}

/** The size that a pax record gives. Throws `CORRUPT`. */
export function parseSize(text: string, path: BytePath): number {
  const size = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(size)) throw corrupt(path, 'has a size that is no number');
  return size;
}

/** The time that a pax record gives, in whole seconds; `undefined` for one that makes no sense. */
export function parseTime(text: string): number | undefined {
  const seconds = /^-?\d{1,12}(?:\.\d*)?$/.test(text) ? Math.floor(Number(text)) : undefined;
  return seconds === undefined ? undefined : Math.max(0, seconds);
}

export function corrupt(path: BytePath, what: string): ArchiveError {
  const shown = pathText(path);
  return new ArchiveError('CORRUPT', `The archive is damaged: ${JSON.stringify(shown)} ${what}`, {
    path: shown,
  });
}

function readText(block: Buffer, at: number, length: number): BytePath {
  const end = block.indexOf(0, at);
  const field = block.subarray(at, end < 0 ? at + length : Math.min(end, at + length));
  return field.length === 0 ? bytePath('') : bytePathOf(field);
}

/** No time is worth refusing an archive. */
function readTime(block: Buffer): number {
  try {
    return readNumber(block, 136, 12);
  } catch {
    return 0;
  }
}

/** Octal digits with spaces before and a space or zero byte after, or, with the first bit set, a binary number. */
function readNumber(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  if (first >= 0x80) return readBinary(block, at, length, first);
  let value = 0;
  let hasDigits = false;
  for (let index = at; index < at + length; index += 1) {
    const byte = block[index] ?? 0;
    if (byte === SPACE && !hasDigits) continue;
    if (byte === SPACE || byte === 0) break;
    const digit = byte - ZERO;
    if (digit < 0 || digit > 7) {
      throw new ArchiveError('CORRUPT', 'The archive is damaged: a number in a header makes no sense');
    }
    value = value * 8 + digit;
    hasDigits = true;
  }
  return value;
}

function readBinary(block: Buffer, at: number, length: number, first: number): number {
  let value = first & 0x7f;
  for (let index = at + 1; index < at + length; index += 1) value = value * 256 + (block[index] ?? 0);
  if (first === 0xff || !Number.isSafeInteger(value)) {
    throw new ArchiveError('CORRUPT', 'The archive is damaged: a number in a header is out of range');
  }
  return value;
}

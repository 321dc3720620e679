import { type BytePath, bytePath } from './byte-path.ts';

export const BLOCK = 512;

/** What a header says, for writing. */
export interface HeaderFields {
  readonly path: BytePath;
  readonly kind: 'file' | 'folder' | 'link';
  readonly mode: number;
  readonly sizeBytes: number;
  /** Seconds since 1970. */
  readonly mtimeSeconds: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a link. */
  readonly target?: BytePath;
}

const TYPE_FLAGS = { file: '0', link: '2', folder: '5', pax: 'x' } as const;
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
// What eleven octal digits hold: 8 GiB; seven: 2 MiB.
const MAX_OCTAL_11 = 0o77777777777;
const MAX_OCTAL_7 = 0o7777777;

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is the range that is meant
const NOT_ASCII = /[^\x00-\x7f]/;

/** How many bytes of an archive a file of this size takes, without its header. */
export function paddedSize(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK) * BLOCK;
}

/** The header of one entry: a ustar block, and before it the pax records for what does not fit into that. */
export function encodeHeader(fields: HeaderFields): Buffer {
  const name = nameOf(fields);
  const split = splitName(name);
  const { name: shortName, prefix } = split ?? { name: name.slice(-NAME_BYTES), prefix: '' };
  const main = writeBlock({ ...fields, name: shortName, prefix, type: TYPE_FLAGS[fields.kind] });
  const records = paxRecords(name, fields, split === undefined);
  return records === '' ? main : Buffer.concat([encodeExtension(name, fields, records), main]);
}

/** How many bytes `encodeHeader` makes. */
export function headerSize(fields: HeaderFields): number {
  const name = nameOf(fields);
  const records = paxRecords(name, fields, splitName(name) === undefined);
  return records === '' ? BLOCK : 2 * BLOCK + paddedSize(records.length);
}

const nameOf = ({ kind, path }: HeaderFields): string => (kind === 'folder' ? `${path}/` : path);

/** The entry that goes before another one to say what the other's own block cannot. */
function encodeExtension(name: string, fields: HeaderFields, records: string): Buffer {
  const content = Buffer.alloc(paddedSize(records.length));
  content.write(records, 'latin1');
  const about = { ...fields, mode: 0o644, sizeBytes: records.length, target: bytePath('') };
  const block = writeBlock({
    ...about,
    name: `PaxHeaders/${name.slice(-80)}`,
    prefix: '',
    type: TYPE_FLAGS.pax,
  });
  return Buffer.concat([block, content]);
}

interface Block extends Omit<HeaderFields, 'path' | 'kind'> {
  readonly name: string;
  readonly prefix: string;
  readonly type: string;
}

function writeBlock(fields: Block): Buffer {
  // From Node's pool, which is faster than memory of its own.
  const block = Buffer.allocUnsafe(BLOCK).fill(0);
  block.write(fields.name, 0, NAME_BYTES, 'latin1');
  writeOctal(block, fields.mode & 0o7777, 100, 7);
  writeOctal(block, Math.min(fields.uid, MAX_OCTAL_7), 108, 7);
  writeOctal(block, Math.min(fields.gid, MAX_OCTAL_7), 116, 7);
  writeOctal(block, Math.min(fields.sizeBytes, MAX_OCTAL_11), 124, 11);
  writeOctal(block, Math.min(Math.max(0, Math.floor(fields.mtimeSeconds)), MAX_OCTAL_11), 136, 11);
  block.write(fields.type, 156, 1, 'latin1');
  if (fields.target) block.write(fields.target, 157, NAME_BYTES, 'latin1');
  block.write('ustar\x0000', 257, 8, 'latin1');
  if (fields.prefix) block.write(fields.prefix, 345, PREFIX_BYTES, 'latin1');
  setChecksum(block);
  return block;
}

/** Writes the checksum of a header, after everything else. */
export function setChecksum(block: Buffer): void {
  writeOctal(block, checksum(block), 148, 6);
  // By tradition it ends in a zero byte and a space.
  block[154] = 0;
  block[155] = 0x20;
}

/** The sum of a header's bytes, with the field of the checksum itself full of spaces. */
export function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at += 1) sum += block[at] ?? 0;
  for (let at = 148; at < 156; at += 1) sum -= block[at] ?? 0;
  return sum;
}

/** A number in octal digits, padded with zeroes; the byte after it is left alone. */
export function writeOctal(block: Buffer, value: number, at: number, digits: number): void {
  block.write(value.toString(8).padStart(digits, '0'), at, digits, 'latin1');
}

/** A long name's two parts, where it can be cut at a slash; undefined where it cannot. */
function splitName(name: string): { name: string; prefix: string } | undefined {
  if (name.length <= NAME_BYTES) return { name, prefix: '' };
  const slash = name.lastIndexOf('/', Math.min(PREFIX_BYTES, name.length - 2));
  if (slash < 1 || name.length - slash - 1 > NAME_BYTES) return undefined;
  return { name: name.slice(slash + 1), prefix: name.slice(0, slash) };
}

function paxRecords(name: string, fields: HeaderFields, nameIsTooLong: boolean): string {
  const target = fields.target ?? '';
  const records: [string, string][] = [];
  if (nameIsTooLong || NOT_ASCII.test(name)) records.push(['path', name]);
  if (target.length > NAME_BYTES || NOT_ASCII.test(target)) records.push(['linkpath', target]);
  if (fields.sizeBytes > MAX_OCTAL_11) records.push(['size', String(fields.sizeBytes)]);
  if (fields.uid > MAX_OCTAL_7) records.push(['uid', String(fields.uid)]);
  if (fields.gid > MAX_OCTAL_7) records.push(['gid', String(fields.gid)]);
  // Records are UTF-8 unless this one says that they are just bytes.
  if (records.some(([, value]) => !isUtf8(value))) records.unshift(['hdrcharset', 'BINARY']);
  return records.map(([key, value]) => paxRecord(key, value)).join('');
}

/** One record of a pax extension. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  // The length counts its own digits.
  const length = rest.length + String(rest.length + String(rest.length).length).length;
  return `${length}${rest}`;
}

function isUtf8(value: string): boolean {
  return (
    !NOT_ASCII.test(value) ||
    Buffer.from(Buffer.from(value, 'latin1').toString()).toString('latin1') === value
  );
}

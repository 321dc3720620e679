// Tars as the clients of the original send them: those of python's tarfile, whose default was GNU's format up to 3.7 and is
// pax since. Byte for byte what python writes, and on request what only an enemy would.

const BLOCK = 512;
const RECORD_BYTES = 20 * BLOCK;

export type TarFlavour = 'ustar' | 'gnu' | 'pax';

export interface OriginalMember {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** @defaultValue '0', a file */
  readonly typeFlag?: string;
  readonly linkName?: string;
  /** What the header says. @defaultValue the size of the bytes */
  readonly saysBytes?: number;
  /** Writes the size as the binary number that GNU has for large ones. */
  readonly binarySize?: boolean;
}

export interface OriginalTarOptions {
  readonly flavour?: TarFlavour;
  /** With a fraction it takes a record of its own in a pax tar. @defaultValue 1795214032.999966 */
  readonly mtimeSeconds?: number;
  /** Records that are to hold for all members: a pax tar of type `g` at the beginning. */
  readonly global?: Readonly<Record<string, string>>;
  /** Records before each member, beside its time. Only in pax tars. */
  readonly records?: (member: OriginalMember) => Readonly<Record<string, string>>;
}

/** The members without an end mark. */
export function encodeMembers(members: readonly OriginalMember[], options: OriginalTarOptions = {}): Buffer {
  const { flavour = 'pax', mtimeSeconds = 1795214032.999966, global } = options;
  const parts: Buffer[] = [];
  if (global !== undefined) parts.push(extension('g', global));
  for (const member of members) {
    if (flavour === 'pax') parts.push(extension('x', recordsOf(member, mtimeSeconds, options)));
    if (flavour === 'gnu' && Buffer.byteLength(member.name) > 100) parts.push(longName(member.name));
    parts.push(header(member, flavour, mtimeSeconds), padded(member.bytes));
  }
  return Buffer.concat(parts);
}

/** A whole tar: two zero blocks at its end, and zeros up to a whole record. */
export function encodeOriginalTar(members: readonly OriginalMember[], options?: OriginalTarOptions): Buffer {
  return ended(encodeMembers(members, options));
}

/** End mark and padding behind members. */
export function ended(members: Buffer): Buffer {
  const size = Math.ceil((members.length + 2 * BLOCK) / RECORD_BYTES) * RECORD_BYTES;
  return Buffer.concat([members], size);
}

function recordsOf(
  member: OriginalMember,
  mtimeSeconds: number,
  options: OriginalTarOptions,
): Readonly<Record<string, string>> {
  const long = Buffer.byteLength(member.name) > 100 ? { path: member.name } : {};
  const fraction = Number.isInteger(mtimeSeconds) ? {} : { mtime: String(mtimeSeconds) };
  return { ...long, ...fraction, ...options.records?.(member) };
}

function extension(type: 'x' | 'g', records: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(records).map(([key, value]) => record(key, value));
  if (text.length === 0) return Buffer.alloc(0);
  const bytes = Buffer.from(text.join(''));
  return Buffer.concat([
    header({ name: '././@PaxHeader', bytes, typeFlag: type }, 'ustar', 0, 0),
    padded(bytes),
  ]);
}

/** The length counts itself. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

function longName(name: string): Buffer {
  const bytes = Buffer.from(`${name}\0`);
  return Buffer.concat([header({ name: '././@LongLink', bytes, typeFlag: 'L' }, 'gnu', 0), padded(bytes)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes], Math.ceil(bytes.length / BLOCK) * BLOCK);
}

function header(member: OriginalMember, flavour: TarFlavour, mtimeSeconds: number, mode = 0o644): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, size: number): void => {
    block.write(
      `${Math.floor(value)
        .toString(8)
        .padStart(size - 1, '0')}\0`,
      at,
      'latin1',
    );
  };
  block.write(member.name, 0, 100);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  writeSize(block, member);
  octal(mtimeSeconds, 136, 12);
  block.fill(' ', 148, 156);
  block.write(member.typeFlag ?? '0', 156, 1, 'latin1');
  block.write(member.linkName ?? '', 157, 100);
  block.write(flavour === 'gnu' ? 'ustar  \0' : 'ustar\x0000', 257, 8, 'latin1');
  octal(0, 329, 8);
  octal(0, 337, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function writeSize(block: Buffer, { bytes, saysBytes = bytes.length, binarySize }: OriginalMember): void {
  if (binarySize !== true && saysBytes < 8 ** 11) {
    block.write(`${saysBytes.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
    return;
  }
  block[124] = 0x80;
  block.writeBigUInt64BE(BigInt(saysBytes), 128);
}

import { type ObjectName, objectFileName } from '../ostree/object-name.ts';

export const BLOCK = 512;
/** The original takes a tar in records of this size; what does not end with one loses what follows it. */
export const RECORD = 20 * BLOCK;

const SIZE_AT = 124;
const CHECKSUM_AT = 148;
const TYPE_AT = 156;
const MAX_OCTAL_SIZE = 0o77777777777; // eleven digits: 8 GiB
const SPACE = 0x20;
const ZERO = 0x30;

/** Writes the headers of one tar: members are called as objects are on the wire, and differ in name and size alone. */
export interface MemberHeaders {
  /** How many bytes `write` will put down for a member of this size. */
  lengthOf(sizeBytes: number): number;
  /** Puts the header at `at`, and returns where the content begins. */
  write(into: Buffer, at: number, name: ObjectName, sizeBytes: number): number;
}

/** `mtimeSeconds`: what a receiver that keeps it will say of its files. */
export function memberHeaders(mtimeSeconds: number): MemberHeaders {
  const template = Buffer.alloc(BLOCK);
  octal(template, 100, 7, 0o644);
  octal(template, 108, 7, 0);
  octal(template, 116, 7, 0);
  octal(template, 136, 11, mtimeSeconds);
  template.fill(SPACE, CHECKSUM_AT, TYPE_AT);
  template.write('ustar\x0000', 257, 'latin1');
  const block = (into: Buffer, at: number, name: string, sizeBytes: number, type: string): number => {
    template.copy(into, at);
    into.write(name, at, 'latin1');
    octal(into, at + SIZE_AT, 11, sizeBytes);
    into.write(type, at + TYPE_AT, 'latin1');
    let sum = 0;
    for (let i = at; i < at + BLOCK; i += 1) sum += into[i] ?? 0;
    octal(into, at + CHECKSUM_AT, 6, sum);
    into[at + CHECKSUM_AT + 6] = 0;
    return at + BLOCK;
  };
  return {
    lengthOf: (sizeBytes) => (sizeBytes > MAX_OCTAL_SIZE ? 3 * BLOCK : BLOCK),
    write(into, at, object, sizeBytes) {
      const name = objectFileName(object);
      if (sizeBytes <= MAX_OCTAL_SIZE) return block(into, at, name, sizeBytes, '0');
      const record = sizeRecord(sizeBytes);
      const content = block(into, at, 'PaxHeaders/size', record.length, 'x');
      into.fill(0, content, content + BLOCK).write(record, content, 'latin1');
      return block(into, content + BLOCK, name, MAX_OCTAL_SIZE, '0');
    },
  };
}

/** What fills up the last block of a content. */
export const paddingAfter = (sizeBytes: number): number => (BLOCK - (sizeBytes % BLOCK)) % BLOCK;

/** How many zero bytes end a tar of so many bytes: two blocks, and the rest of the record. */
export function endOfTar(tarBytes: number): number {
  const end = tarBytes + 2 * BLOCK;
  return 2 * BLOCK + ((RECORD - (end % RECORD)) % RECORD);
}

function octal(block: Buffer, at: number, digits: number, value: number): void {
  let left = value;
  for (let i = at + digits - 1; i >= at; i -= 1) {
    block[i] = ZERO + (left % 8);
    left = Math.floor(left / 8);
  }
}

/** `19 size=8589934592\n`: the length counts its own two digits. */
function sizeRecord(sizeBytes: number): string {
  const rest = ` size=${sizeBytes}\n`;
  return `${rest.length + 2}${rest}`;
}

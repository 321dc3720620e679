import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const MAX_ENTRIES = 100_000;
const MAX_FILE_BYTES = 64 * 1024;

/**
 * The contents of small files of a zip whose names are wanted. What is damaged, compressed in another way or larger than 64 KiB
 * is left out: this looks for what may be there, in what may be hostile. `undefined` for each that is not wanted, so that others
 * may have their turn.
 */
export function* readZipFiles(
  zip: Buffer,
  isWanted: (name: string) => boolean,
  { maxFiles }: { readonly maxFiles: number },
): Generator<Buffer | undefined> {
  let found = 0;
  for (const at of entriesOf(zip)) {
    const nameLength = zip.readUInt16LE(at + 28);
    const isOne = isWanted(zip.toString('latin1', at + 46, at + 46 + nameLength));
    const content = isOne ? contentOf(zip, at) : undefined;
    yield content;
    if (content !== undefined) found += 1;
    if (found === maxFiles) return;
  }
}

/** Where the directory's entries are. */
function* entriesOf(zip: Buffer): Generator<number> {
  const end = findEnd(zip);
  if (end === undefined) return;
  let at = zip.readUInt32LE(end + 16);
  for (let count = 0; count < MAX_ENTRIES; count += 1) {
    if (at + 46 > end || zip.readUInt32LE(at) !== ENTRY) return;
    const size = 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    if (at + size > end) return;
    yield at;
    at += size;
  }
}

function findEnd(zip: Buffer): number | undefined {
  const lowest = Math.max(0, zip.length - END_BYTES - MAX_COMMENT);
  for (let at = zip.length - END_BYTES; at >= lowest; at -= 1) if (zip.readUInt32LE(at) === END) return at;
  return undefined;
}

function contentOf(zip: Buffer, entry: number): Buffer | undefined {
  const method = zip.readUInt16LE(entry + 10);
  const packed = zip.readUInt32LE(entry + 20);
  const local = zip.readUInt32LE(entry + 42);
  if (packed > MAX_FILE_BYTES || local + 30 > zip.length) return undefined;
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const content = zip.subarray(start, start + packed);
  if (method === 0) return content;
  if (method !== 8) return undefined;
  try {
    return inflateRawSync(content, { maxOutputLength: MAX_FILE_BYTES });
  } catch {
    return undefined;
  }
}

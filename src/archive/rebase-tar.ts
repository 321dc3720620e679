import { type BytePath, bytePath, bytePathOf, pathText } from './byte-path.ts';
import { type ByteReader, createByteReader } from './byte-reader.ts';
import { BLOCK, encodeHeader, paddedSize, paxRecord, setChecksum, writeOctal } from './tar-header.ts';
import { isZeroBlock, parseHeader, parsePax, parseSize, type RawHeader } from './tar-parse.ts';
import { cutOff } from './tar-read.ts';

/** An entry of a tar on its way into another one. */
export interface RebasedEntry {
  /** As it is called in the new tar. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
}

export interface RebaseOptions {
  /** How many parts to cut off the front of every path. Entries with no part left are left out. */
  readonly stripComponents: number;
  /** Asked of every entry on its own. */
  readonly leaveOut?: (path: string) => boolean;
  /** The time of all entries, in seconds since 1970, so that the same files make the same bytes. Absent: their own. */
  readonly mtimeSeconds?: number;
  /** Told of each entry that is taken over. */
  readonly onEntry?: (entry: RebasedEntry) => void;
}

const NAME_BYTES = 100;
const MAX_EXTENSION_BYTES = 1024 * 1024; // as in reading: no name or attribute needs more

/**
 * The same tar with other paths. Everything else about an entry stays: owner, mode, extended attributes, hard links
 * (whose targets move along), devices. Bytes pass through as they come; nothing is held but headers.
 *
 * Throws `CORRUPT` where the tar is damaged or not complete.
 */
export async function* rebaseTar(
  stream: AsyncIterable<Uint8Array>,
  options: RebaseOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  const reader = createByteReader(iterator, { maxBytes: Number.POSITIVE_INFINITY });
  const global = new Map<string, string>();
  try {
    for (let entry = await nextEntry(reader, global); entry; entry = await nextEntry(reader, global)) {
      const header = rebasedHeader(entry, options);
      if (header === undefined) await skip(reader, paddedSize(entry.contentBytes));
      else yield* withContent(reader, header, paddedSize(entry.contentBytes));
    }
    yield Buffer.alloc(2 * BLOCK);
  } finally {
    await iterator.return?.();
  }
}

interface Entry {
  readonly block: Buffer;
  readonly header: RawHeader;
  readonly records: Map<string, string>;
  readonly contentBytes: number;
}

async function nextEntry(reader: ByteReader, global: Map<string, string>): Promise<Entry | undefined> {
  const own = new Map<string, string>();
  for (;;) {
    const block = Buffer.from(await take(reader, BLOCK));
    if (isZeroBlock(block)) return undefined;
    const header = parseHeader(block);
    if (!'xgLK'.includes(header.typeFlag)) {
      const records = new Map([...global, ...own]);
      return { block, header, records, contentBytes: contentBytes(header, records) };
    }
    if (header.sizeBytes > MAX_EXTENSION_BYTES) throw cutOff();
    const content = (await take(reader, paddedSize(header.sizeBytes))).subarray(0, header.sizeBytes);
    if (header.typeFlag === 'g') parsePax(content, global);
    else if (header.typeFlag === 'x') parsePax(content, own);
    else
      own.set(
        header.typeFlag === 'L' ? 'path' : 'linkpath',
        content.toString('latin1').split('\0', 1)[0] ?? '',
      );
  }
}

/** Only files have any; a link's size says nothing. */
function contentBytes(
  { typeFlag, sizeBytes, path }: RawHeader,
  records: ReadonlyMap<string, string>,
): number {
  if (!'\x0007'.includes(typeFlag)) return 0;
  const size = records.get('size');
  return size === undefined ? sizeBytes : parseSize(size, path);
}

/** The blocks before the content; `undefined` where the entry is left out. */
function rebasedHeader({ block, header, records }: Entry, options: RebaseOptions): Buffer | undefined {
  const { typeFlag } = header;
  const path = strip(records.get('path') ?? header.path, options.stripComponents);
  const shown = pathText(path).replace(/\/$/, '');
  if (shown === '' || options.leaveOut?.(shown)) return undefined;
  options.onEntry?.({ path: shown, kind: kindOf(typeFlag, path) });
  writeName(block, records, { record: 'path', at: 0, value: path });
  if (typeFlag === '1') {
    const target = strip(records.get('linkpath') ?? header.target, options.stripComponents);
    writeName(block, records, { record: 'linkpath', at: 157, value: target });
  }
  // No prefix: GNU's own format keeps times in its place.
  block.write('ustar\x0000', 257, 8, 'latin1');
  block.fill(0, 345, BLOCK);
  writeOctal(block, header.mode, 100, 7);
  if (options.mtimeSeconds !== undefined) {
    for (const time of ['mtime', 'atime', 'ctime']) records.delete(time);
    writeOctal(block, options.mtimeSeconds, 136, 11);
  }
  setChecksum(block);
  return records.size === 0 ? block : Buffer.concat([extension(records), block]);
}

function kindOf(typeFlag: string, path: string): RebasedEntry['kind'] {
  if (typeFlag === '5' || (typeFlag === '\0' && path.endsWith('/'))) return 'folder';
  if (typeFlag === '2') return 'link';
  return '\x00017'.includes(typeFlag) ? 'file' : 'other';
}

function strip(path: string, count: number): BytePath {
  const parts = path.replace(/^(?:\.?\/)+/, '').split('/');
  // Parts of a byte path, or of a record, which is read as bytes too.
  return bytePathOf(Buffer.from(parts.slice(count).join('/'), 'latin1'));
}

interface Name {
  readonly record: string;
  /** Where it stands in the block. */
  readonly at: number;
  readonly value: BytePath;
}

function writeName(block: Buffer, records: Map<string, string>, { record, at, value }: Name): void {
  block.fill(0, at, at + NAME_BYTES);
  block.write(value, at, NAME_BYTES, 'latin1');
  if (value.length > NAME_BYTES || records.has(record)) records.set(record, value);
}

function extension(records: ReadonlyMap<string, string>): Buffer {
  const text = [...records].map(([key, value]) => paxRecord(key, value)).join('');
  const block = encodeHeader({
    path: bytePath('PaxHeaders/entry'),
    kind: 'file',
    mode: 0o644,
    sizeBytes: text.length,
    mtimeSeconds: 0,
    uid: 0,
    gid: 0,
  });
  block.write('x', 156, 'latin1');
  setChecksum(block);
  const content = Buffer.alloc(paddedSize(text.length));
  content.write(text, 'latin1');
  return Buffer.concat([block, content]);
}

async function take(reader: ByteReader, count: number): Promise<Buffer> {
  if (!(await reader.fill(count))) throw cutOff();
  return reader.take(count);
}

async function skip(reader: ByteReader, sizeBytes: number): Promise<void> {
  if (!(await reader.skip(sizeBytes))) throw cutOff();
}

async function* withContent(
  reader: ByteReader,
  header: Buffer,
  sizeBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  yield header;
  for (let left = sizeBytes; left > 0; ) {
    if (reader.available === 0 && !(await reader.fill(1))) throw cutOff();
    const piece = reader.take(left);
    left -= piece.length;
    yield piece;
  }
}

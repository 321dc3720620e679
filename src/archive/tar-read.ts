import { type BytePath, bytePathOf, pathText } from './byte-path.ts';
import type { ByteReader } from './byte-reader.ts';
import { ArchiveError } from './error.ts';
import { BLOCK, paddedSize } from './tar-header.ts';
import {
  corrupt,
  isZeroBlock,
  parseHeader,
  parsePax,
  parseSize,
  parseTime,
  type RawHeader,
} from './tar-parse.ts';

/** An entry as the archive has it: nothing about it has been found to be safe. */
export interface ReadEntry {
  readonly path: BytePath;
  readonly kind: 'file' | 'folder' | 'link' | 'hardlink' | 'device' | 'pipe' | 'unknown';
  readonly mode: number;
  /** Of the content that follows; only files have any. */
  readonly sizeBytes: number;
  /** Of a link: what it holds; of a hard link: the path of another entry. */
  readonly target: BytePath;
  /** In whole seconds since 1970. */
  readonly modifiedAt: number;
}

/** What goes over from one entry to the next. */
export interface TarReadState {
  /** Records of a global extended header; `git archive` begins with one. */
  readonly global: Map<string, string>;
  sawGlobal: boolean;
}

const KINDS: Readonly<Record<string, ReadEntry['kind']>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'hardlink',
  '2': 'link',
  '3': 'device',
  '4': 'device',
  '5': 'folder',
  '6': 'pipe',
  '7': 'file',
};
// A name cannot be longer than a few thousand bytes; other records (comments, attributes) are small too.
// All that come before one entry.
const MAX_EXTENSION_BYTES = 1024 * 1024;
const MAX_GLOBAL_RECORDS = 100; // POSIX knows a dozen keys

/**
 * Reads up to the next entry's content, which the caller takes from the reader, with the padding after it. `undefined`
 * at the end mark. Throws `CORRUPT`, also when the archive ends without an end mark: it was cut off.
 */
export async function readEntry(reader: ByteReader, state: TarReadState): Promise<ReadEntry | undefined> {
  const records = new Map<string, string>();
  let extensionBytes = 0;
  for (;;) {
    if (reader.available < BLOCK && !(await reader.fill(BLOCK))) throw cutOff();
    const block = reader.take(BLOCK);
    if (isZeroBlock(block)) return undefined;
    const header = parseHeader(block);
    const extension = 'xgLK'.includes(header.typeFlag) ? await readExtension(reader, header) : undefined;
    if (extension === undefined) return finish(header, new Map([...state.global, ...records]));
    extensionBytes += BLOCK + extension.length;
    if (extensionBytes > MAX_EXTENSION_BYTES) throw tooExtended(header, extensionBytes);
    if (header.typeFlag === 'x') parsePax(extension, records);
    else if (header.typeFlag === 'L') records.set('path', untilZero(extension));
    else if (header.typeFlag === 'K') records.set('linkpath', untilZero(extension));
    else readGlobal(extension, state);
  }
}

/** Takes what is left of an entry. Throws `CORRUPT` when the archive ends before. */
export async function skipContent(reader: ByteReader, sizeBytes: number): Promise<void> {
  if (!(await reader.skip(sizeBytes))) throw cutOff();
}

export function cutOff(): ArchiveError {
  return new ArchiveError('CORRUPT', 'The archive is not complete: it ends without its end mark');
}

function readGlobal(extension: Buffer, state: TarReadState): void {
  parsePax(extension, state.global);
  state.sawGlobal = true;
  if (state.global.size <= MAX_GLOBAL_RECORDS) return;
  throw new ArchiveError(
    'LIMIT',
    `The archive says more than ${MAX_GLOBAL_RECORDS} things of all its entries`,
  );
}

function tooExtended(header: RawHeader, sizeBytes: number): ArchiveError {
  const path = pathText(header.path);
  return new ArchiveError('LIMIT', `Extended headers have ${sizeBytes} bytes, which no name needs`, { path });
}

async function readExtension(reader: ByteReader, header: RawHeader): Promise<Buffer> {
  if (header.sizeBytes > MAX_EXTENSION_BYTES) throw tooExtended(header, header.sizeBytes);
  if (!(await reader.fill(paddedSize(header.sizeBytes)))) throw cutOff();
  return reader.take(paddedSize(header.sizeBytes)).subarray(0, header.sizeBytes);
}

function finish(header: RawHeader, records: ReadonlyMap<string, string>): ReadEntry {
  const path = recordPath(records.get('path')) ?? header.path;
  for (const key of records.keys()) {
    if (key.startsWith('GNU.sparse')) throw corrupt(path, 'is a sparse file, which is not supported');
  }
  // Archives older than POSIX have no kind for folders.
  const isOldFolder = header.typeFlag === '\0' && path.endsWith('/');
  const kind = isOldFolder ? 'folder' : (KINDS[header.typeFlag] ?? 'unknown');
  const size = records.get('size');
  return {
    path,
    kind,
    mode: header.mode,
    sizeBytes: kind !== 'file' ? 0 : size === undefined ? header.sizeBytes : parseSize(size, path),
    target: recordPath(records.get('linkpath')) ?? header.target,
    modifiedAt: parseTime(records.get('mtime') ?? '') ?? header.modifiedAt,
  };
}

function recordPath(value: string | undefined): BytePath | undefined {
  return value === undefined ? undefined : bytePathOf(Buffer.from(value, 'latin1'));
}

function untilZero(content: Buffer): string {
  const text = content.toString('latin1');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

import { type BytePath, pathText } from './byte-path.ts';
import { type ByteReader, createByteReader } from './byte-reader.ts';
import { ArchiveError } from './error.ts';
import { safeParts, unsafe } from './safe-root.ts';
import { paddedSize } from './tar-header.ts';
import { cutOff, type ReadEntry, readEntry, skipContent } from './tar-read.ts';

/** An entry of a tar and where it is; its path was found not to leave the folder. */
export interface ScannedEntry {
  readonly kind: 'file' | 'folder' | 'link' | 'hardlink';
  /** The parts of its path, byte for byte (latin1): equal where the paths are. None where it is the folder itself. */
  readonly parts: readonly string[];
  /** Of a hard link: those of another entry. */
  readonly targetParts: readonly string[];
  /** Of a symbolic link: what it holds, as text. */
  readonly target: string;
  /** Permissions. */
  readonly mode: number;
  /** In whole seconds since 1970. */
  readonly modifiedAt: number;
  /** Of a file; else 0. */
  readonly sizeBytes: number;
  /** Where in the tar its content begins. */
  readonly offset: number;
  /** Its bytes in borrowed pieces, once, and before the next entry is asked for; what is not read is skipped. */
  content(): AsyncGenerator<Buffer, void, undefined>;
}

const MAX_PATH_BYTES = 4096; // PATH_MAX: nobody could unpack it

export interface ScanOptions {
  /** Told of all bytes of the tar in order, each when it has been read: at an entry, those up to its content. */
  readonly onBytes?: (bytes: Buffer) => void;
}

/**
 * The entries of a tar in their order, without devices and pipes, which nobody can read. The stream is read to its end;
 * its chunks may be borrowed. Nothing is held but headers.
 *
 * Throws `CORRUPT` where the tar is damaged or not complete, `UNSAFE_ENTRY` at a path that is absolute or goes up, and at
 * what is of no known kind, `LIMIT` at a path that is too long.
 */
export async function* scanTar(
  stream: AsyncIterable<Uint8Array>,
  { onBytes }: ScanOptions = {},
): AsyncGenerator<ScannedEntry, void, undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  const reader = createByteReader(iterator, {
    maxBytes: Number.POSITIVE_INFINITY,
    ...(onBytes !== undefined && { onTake: onBytes }),
  });
  const state = { global: new Map<string, string>(), sawGlobal: false };
  try {
    for (let entry = await readEntry(reader, state); entry; entry = await readEntry(reader, state)) {
      const left = { bytes: entry.sizeBytes };
      const scanned = scannedEntry(entry, reader, left);
      if (scanned !== undefined) yield scanned;
      const skipped = left.bytes + paddedSize(entry.sizeBytes) - entry.sizeBytes;
      if (skipped > 0) await skipContent(reader, skipped);
    }
    while (reader.available > 0 || (await reader.fill(1))) reader.take(reader.available);
  } finally {
    await iterator.return?.();
  }
}

function checkedParts(path: BytePath): string[] {
  if (path.length <= MAX_PATH_BYTES) return safeParts(path);
  const shown = pathText(path);
  throw new ArchiveError('LIMIT', `The archive has a path of ${path.length} bytes`, { path: shown });
}

function scannedEntry(
  entry: ReadEntry,
  reader: ByteReader,
  left: { bytes: number },
): ScannedEntry | undefined {
  const { kind, mode, modifiedAt, sizeBytes, target } = entry;
  const parts = checkedParts(entry.path);
  if (kind === 'unknown') throw unsafe(parts, 'is no file, folder or link');
  if (kind === 'device' || kind === 'pipe') return undefined;
  if (kind === 'link' && target.length > MAX_PATH_BYTES) checkedParts(target);
  return {
    kind,
    parts,
    targetParts: kind === 'hardlink' ? checkedParts(target) : [],
    target: kind === 'link' ? pathText(target) : '',
    mode: mode & 0o7777,
    modifiedAt,
    sizeBytes,
    offset: reader.position,
    content: () => pieces(reader, left),
  };
}

async function* pieces(reader: ByteReader, left: { bytes: number }): AsyncGenerator<Buffer, void, undefined> {
  while (left.bytes > 0) {
    if (reader.available === 0 && !(await reader.fill(1))) throw cutOff();
    const piece = reader.take(left.bytes);
    left.bytes -= piece.length;
    yield piece;
  }
}

import { closeSync } from 'node:fs';
import { abortable } from './abortable.ts';
import { type BytePath, pathText } from './byte-path.ts';
import { type ByteReader, createByteReader } from './byte-reader.ts';
import { ArchiveError, fileError } from './error.ts';
import { gunzip } from './gunzip.ts';
import { createPacer } from './pacer.ts';
import { createSafeRoot, type SafeRoot, safeParts, unsafe } from './safe-root.ts';
import { paddedSize } from './tar-header.ts';
import { type ReadEntry, readEntry, skipContent, type TarReadState } from './tar-read.ts';
import { teeToFile } from './tee.ts';
import { writeContent } from './write-content.ts';

export interface ExtractOptions {
  /** How many parts to cut off the front of every path. Entries with no part left are skipped. @defaultValue 0 */
  readonly stripComponents?: number;
  /** Cuts off one part more where the archive is one of `git archive`, which puts a global header first. */
  readonly stripGitArchive?: boolean;
  /**
   * `keep`: links that stay inside of the folder; one that leads outside is an error. `refuse`: any link is an error.
   * `any`: symbolic links as they are; for files that nobody will follow links in. @defaultValue 'keep'
   */
  readonly links?: 'keep' | 'refuse' | 'any';
  readonly limits?: ExtractLimits;
  /** Told of each entry before it is written. */
  readonly onEntry?: (entry: ExtractedEntry) => void;
  /** A file that gets the archive's own bytes on the way; what was there is overwritten. */
  readonly tee?: string;
  readonly signal?: AbortSignal;
}

export interface ExtractLimits {
  /** Of all files together. @defaultValue 16 GiB */
  readonly totalBytes?: number;
  /** @defaultValue 1,000,000 */
  readonly entries?: number;
}

/** An entry that is being unpacked. */
export interface ExtractedEntry {
  readonly type: 'file' | 'folder' | 'link';
  /** Relative to the folder, what was stripped left out. */
  readonly path: string;
  /** Of a file. */
  readonly sizeBytes: number;
}

const DEFAULT_LIMITS = { totalBytes: 16 * 1024 ** 3, entries: 1_000_000 };
// A header with its extensions and padding; what the reader allows beyond the contents.
const OVERHEAD_BYTES = 4096;
const MEBIBYTE = 1024 ** 2;

/**
 * Unpacks a tar into a folder, which is made if it is not there: folders 0755, files with the permissions of the
 * archive that the process's umask allows. Later entries replace earlier ones of the same path. The stream is read to
 * its end.
 *
 * Nothing is written outside of the folder, whatever the archive says. After a failure the folder holds what was
 * written until then: the caller removes it. Throws `UNSAFE_ENTRY`, `LIMIT`, `CORRUPT`, `NO_SPACE`, `IO`, `ABORTED`.
 */
export async function extractTar(
  stream: AsyncIterable<Uint8Array>,
  folder: string,
  options: ExtractOptions = {},
): Promise<void> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const watched = abortable(stream, options.signal);
  const source = options.tee === undefined ? watched : teeToFile(watched, options.tee);
  const maxBytes = limits.totalBytes + limits.entries * OVERHEAD_BYTES + MEBIBYTE;
  const reader = createByteReader(source, { maxBytes });
  try {
    const root = createSafeRoot(folder);
    await extractEntries(reader, root, { ...options, limits });
    root.checkLinks();
    await drain(reader);
  } finally {
    await source.return();
  }
}

/** `extractTar` for a tar that is compressed with gzip; `tee` gets the tar as it is without that. */
export function extractTarGz(
  stream: AsyncIterable<Uint8Array>,
  folder: string,
  options: ExtractOptions = {},
): Promise<void> {
  return extractTar(gunzip(abortable(stream, options.signal)), folder, options);
}

type Extraction = ExtractOptions & { readonly limits: Required<ExtractLimits> };

async function extractEntries(reader: ByteReader, root: SafeRoot, options: Extraction): Promise<void> {
  const state: TarReadState = { global: new Map(), sawGlobal: false };
  const pacer = createPacer(options.signal);
  let entries = 0;
  let totalBytes = 0;
  for (
    let entry = await readEntry(reader, state);
    entry !== undefined;
    entry = await readEntry(reader, state)
  ) {
    entries += 1;
    totalBytes += entry.sizeBytes;
    checkLimits(entry, { entries, totalBytes }, options.limits);
    const strip = (options.stripComponents ?? 0) + (options.stripGitArchive && state.sawGlobal ? 1 : 0);
    await extractEntry(reader, root, { entry, strip, options });
    if (pacer.isDue()) await pacer.rest();
  }
}

function checkLimits(
  entry: ReadEntry,
  count: Required<ExtractLimits>,
  limits: Required<ExtractLimits>,
): void {
  const path = pathText(entry.path);
  if (count.entries > limits.entries) {
    throw new ArchiveError('LIMIT', `The archive has more than the ${limits.entries} entries allowed`, {
      path,
    });
  }
  if (count.totalBytes > limits.totalBytes) {
    const message = `With ${JSON.stringify(path)} the archive has more than the ${limits.totalBytes} bytes allowed`;
    throw new ArchiveError('LIMIT', message, { path });
  }
}

interface OneEntry {
  readonly entry: ReadEntry;
  readonly strip: number;
  readonly options: Extraction;
}

async function extractEntry(
  reader: ByteReader,
  root: SafeRoot,
  { entry, strip, options }: OneEntry,
): Promise<void> {
  const parts = safeParts(entry.path).slice(strip);
  const { kind, sizeBytes } = entry;
  if (kind === 'device' || kind === 'pipe' || kind === 'unknown') {
    throw unsafe(parts, 'is no file, folder or link');
  }
  if (parts.length === 0) return await skipContent(reader, paddedSize(sizeBytes));
  if (options.links === 'refuse' && (kind === 'link' || kind === 'hardlink')) {
    throw unsafe(parts, 'is a link, and links are not allowed here');
  }
  // Parts of byte paths.
  const path = pathText(parts.join('/') as BytePath);
  options.onEntry?.({ type: kind === 'hardlink' ? 'file' : kind, path, sizeBytes });
  if (kind === 'folder') root.folder(parts);
  else if (kind === 'link') root.link(parts, entry.target, options.links === 'any');
  else if (kind === 'hardlink') root.hardLink(parts, safeParts(entry.target).slice(strip));
  else await extractFile(reader, root, { parts, entry });
}

async function extractFile(
  reader: ByteReader,
  root: SafeRoot,
  { parts, entry }: { parts: readonly string[]; entry: ReadEntry },
): Promise<void> {
  const file = root.file(parts, entry.mode);
  try {
    await writeContent(reader, file, entry.sizeBytes);
  } catch (cause) {
    throw fileError('write', pathText(entry.path), cause);
  } finally {
    closeSync(file);
  }
  await skipContent(reader, paddedSize(entry.sizeBytes) - entry.sizeBytes);
}

async function drain(reader: ByteReader): Promise<void> {
  while (reader.available > 0 || (await reader.fill(1))) reader.take(reader.available);
}

import { createHash, hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ArchiveError, combineCrc32, type ScannedEntry, scanTar } from '../archive/index.ts';
import { ArtifactError, type ArtifactErrorCode } from './error.ts';
import type { ManifestEntry } from './manifest.ts';
import { createTarTree, type TarTree } from './tar-tree.ts';

/** What is known of an artifact's content before it is stored. */
export interface ContentFacts {
  readonly sizeBytes: number;
  readonly crc32: number;
  /** In hex. Absent: the store tells. */
  readonly sha256?: string;
  /** Of a tar. */
  readonly entries?: readonly ManifestEntry[];
  /** It is a tar with more in it than a manifest holds. */
  readonly entriesOmitted?: true;
}

export interface IndexOptions {
  /** Masks secrets in names and in targets of links; what becomes equal by that gets a number. */
  readonly redact?: (text: string) => string;
  /** @defaultValue 250,000, as many as a manifest holds */
  readonly maxEntries?: number;
}

const MAX_ENTRIES = 250_000;
const MAX_TEXT_BYTES = 64 * 1024 ** 2;

const CODES: Readonly<Partial<Record<ArchiveError['code'], ArtifactErrorCode>>> = {
  CORRUPT: 'CORRUPT',
  LIMIT: 'TOO_LARGE',
  UNSAFE_ENTRY: 'UNSAFE',
  NO_SPACE: 'DISK',
  IO: 'DISK',
};

/** What an archive's trouble means for artifacts; anything else as it is. */
export function artifactTrouble(error: unknown): unknown {
  if (!(error instanceof ArchiveError)) return error;
  const code = CODES[error.code];
  return code === undefined ? error : new ArtifactError(code, error.message, { cause: error });
}

/** The SHA-256 of an entry's content, in hex. */
async function sha256Of(entry: ScannedEntry): Promise<string> {
  const pieces = entry.content();
  const first = await pieces.next();
  if (first.done) return hash('sha256', '');
  if (first.value.length === entry.sizeBytes) return hash('sha256', first.value);
  const whole = createHash('sha256').update(first.value);
  for await (const piece of pieces) whole.update(piece);
  return whole.digest('hex');
}

/** What there is to know of a tar. */
export interface TarFacts {
  /** Of the tar. */
  readonly crc32: number;
  /** Absent: there are more than can be described. */
  readonly entries?: ManifestEntry[];
}

async function readTree(
  chunks: AsyncIterable<Uint8Array>,
  maxEntries: number,
): Promise<{ crc32: number; tree?: TarTree }> {
  const tree = createTarTree();
  let sum = 0;
  let entries = 0;
  let textBytes = 0;
  let fits = true;
  const onBytes = (bytes: Buffer): void => {
    sum = crc32(bytes, sum);
  };
  for await (const entry of scanTar(chunks, { onBytes })) {
    entries += 1;
    textBytes += entry.target.length + entry.parts.reduce((size, part) => size + part.length + 1, 0);
    fits &&= entries <= maxEntries && textBytes <= MAX_TEXT_BYTES;
    if (!fits) continue; // the tar is read to its end: whether it is sound counts
    if (entry.kind !== 'file') {
      tree.add(entry);
      continue;
    }
    const before = sum;
    const sha256 = await sha256Of(entry);
    // One checksum over all bytes is enough: what a content adds to it is the content's own.
    tree.add(entry, { sha256, crc32: combineCrc32(before, sum, entry.sizeBytes) });
  }
  return fits ? { crc32: sum, tree } : { crc32: sum };
}

/** Reads a tar to its end, as `indexTar` does; more entries than a manifest holds are only left out. */
export async function readTarFacts(
  chunks: AsyncIterable<Uint8Array>,
  { redact, maxEntries = MAX_ENTRIES }: IndexOptions = {},
): Promise<TarFacts> {
  try {
    const { crc32: sum, tree } = await readTree(chunks, maxEntries);
    return { crc32: sum, ...(tree !== undefined && { entries: tree.entries(redact) }) };
  } catch (error) {
    throw artifactTrouble(error);
  }
}

/**
 * What is in a tar, without its first folder where all the rest is in that. Of several entries of one path the last one
 * counts; devices and pipes are left out. The chunks may be borrowed; they are read to the end.
 *
 * Throws `ArtifactError`: `CORRUPT` (damaged, cut off, a sparse file), `UNSAFE` (a path that leaves the folder, a hard
 * link to nothing before it, an entry below a file, an unknown kind), `TOO_LARGE` (more entries than a manifest holds).
 */
export async function indexTar(
  chunks: AsyncIterable<Uint8Array>,
  options: IndexOptions = {},
): Promise<ManifestEntry[]> {
  const { entries } = await readTarFacts(chunks, options);
  if (entries !== undefined) return entries;
  throw new ArtifactError(
    'TOO_LARGE',
    `The tar has more than ${options.maxEntries ?? MAX_ENTRIES} entries, or more than ${MAX_TEXT_BYTES} bytes of names`,
  );
}

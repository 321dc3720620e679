import { crc32 } from 'node:zlib';
import { ArchiveError, combineCrc32, scanTar } from '../archive/index.ts';
import { digestFiles, type FileDigest } from './digest-files.ts';
import { ArtifactError, type ArtifactErrorCode } from './error.ts';
import { MAX_ENTRIES, type ManifestEntry } from './manifest.ts';
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

const MAX_TEXT_BYTES = 64 * 1024 ** 2;

const CODES: Readonly<Partial<Record<ArchiveError['code'], ArtifactErrorCode>>> = {
  CORRUPT: 'CORRUPT',
  LIMIT: 'UNSAFE',
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

/** What there is to know of a tar. */
export interface TarFacts {
  /** Of the tar. */
  readonly crc32: number;
  /** Absent: there are more than can be described. */
  readonly entries?: ManifestEntry[];
}

/** Bytes of a tar that are no content of a file, and the file whose content follows them. */
interface Stretch {
  readonly crc32: number;
  readonly sizeBytes: number;
  /** Absent at the end. */
  readonly file?: { readonly digest: number; readonly sizeBytes: number };
}

/** The checksum of a whole tar, from those of its parts: none of its bytes is summed up twice. */
function wholeCrc32(stretches: readonly Stretch[], digests: readonly FileDigest[]): number {
  let sum = 0;
  for (const { crc32: own, sizeBytes, file } of stretches) {
    sum = combineCrc32(sum, own, sizeBytes);
    if (file !== undefined) sum = combineCrc32(sum, digests[file.digest]?.crc32 ?? 0, file.sizeBytes);
  }
  return sum;
}

interface Read {
  readonly tree: TarTree;
  /** Of the files that were added, by their numbers. */
  readonly digests: readonly FileDigest[];
  readonly stretches: readonly Stretch[];
  /** Whether all of it could be described. */
  readonly fits: boolean;
}

/** Sums up what is between the contents. */
function betweenContents() {
  const stretches: Stretch[] = [];
  let sum = 0;
  let sizeBytes = 0;
  let isContent = false;
  return {
    stretches,
    onBytes(bytes: Buffer): void {
      if (isContent) return;
      sum = crc32(bytes, sum);
      sizeBytes += bytes.length;
    },
    content(): void {
      isContent = true;
    },
    over(file?: Stretch['file']): void {
      stretches.push({ crc32: sum, sizeBytes, ...(file !== undefined && { file }) });
      [sum, sizeBytes, isContent] = [0, 0, false];
    },
  };
}

async function readTree(chunks: AsyncIterable<Uint8Array>, maxEntries: number): Promise<Read> {
  const tree = createTarTree();
  const between = betweenContents();
  const files = digestFiles();
  let entries = 0;
  let textBytes = 0;
  let fits = true;
  for await (const entry of scanTar(chunks, between)) {
    entries += 1;
    textBytes += entry.target.length + entry.parts.reduce((size, part) => size + part.length + 1, 0);
    fits &&= entries <= maxEntries && tree.folders <= maxEntries && textBytes <= MAX_TEXT_BYTES;
    if (!fits) continue; // the tar is read to its end: whether it is sound counts
    if (entry.kind !== 'file') {
      tree.add(entry);
      continue;
    }
    between.content();
    for await (const piece of entry.content()) files.add(piece);
    const digest = files.end();
    between.over({ digest, sizeBytes: entry.sizeBytes });
    tree.add(entry, digest);
  }
  between.over();
  fits &&= tree.folders <= maxEntries;
  return { tree, digests: files.digests, stretches: between.stretches, fits };
}

/** Reads a tar to its end, as `indexTar` does; more entries than a manifest holds are only left out. */
export async function readTarFacts(
  chunks: AsyncIterable<Uint8Array>,
  { redact, maxEntries = MAX_ENTRIES }: IndexOptions = {},
): Promise<TarFacts> {
  try {
    const { tree, digests, stretches, fits } = await readTree(chunks, maxEntries);
    return { crc32: wholeCrc32(stretches, digests), ...(fits && { entries: tree.entries(digests, redact) }) };
  } catch (error) {
    throw artifactTrouble(error);
  }
}

/**
 * What is in a tar, without its first folder where all the rest is in that. Of several entries of one path the last one
 * counts; devices and pipes are left out. The chunks may be borrowed; they are read to the end.
 *
 * Throws `ArtifactError`: `CORRUPT` (damaged, cut off, a sparse file), `UNSAFE` (a path that leaves the folder, a hard
 * link to nothing before it, an entry below a file, an unknown kind, a path of megabytes), `TOO_LARGE` (more entries than a
 * manifest holds).
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

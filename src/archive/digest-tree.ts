import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, readSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import { type BytePath, bytePath, fsPath, pathText } from './byte-path.ts';
import { ArchiveError, errorCode, fileError } from './error.ts';
import type { IgnoreMatcher } from './ignore.ts';
import { leaveOut } from './leave-out.ts';
import { createPacer, throwIfAborted } from './pacer.ts';
import { readLink, type TreeEntry, walkTree } from './walk.ts';

/** What is known of a file's content. */
export interface FileDigest {
  /** In hex. */
  readonly sha256: string;
  /** What `wordsIn` found in it. */
  readonly words: readonly string[];
}

/** Remembers files, so that those which have not changed are not read again. */
export interface DigestMemory {
  /** What was found in a file that looks the same; `undefined` where it has to be read. */
  recall(path: string, stats: Stats): FileDigest | undefined;
  /** `stats` were taken before the file was read. */
  remember(path: string, stats: Stats, digest: FileDigest): void;
}

export interface DigestTreeOptions {
  readonly ignore?: IgnoreMatcher;
  /** Folders to leave out besides, absolute or relative to the current folder. */
  readonly exclude?: readonly string[];
  readonly memory?: DigestMemory;
  /** Words that somebody wants to know of, in one piece of a file; pieces overlap by 256 bytes. */
  readonly wordsIn?: (bytes: Buffer) => readonly string[];
  /** Told of every entry in the order in which they count. */
  readonly onEntry?: (entry: DigestedEntry) => void;
  readonly signal?: AbortSignal;
}

/** One entry of a tree, as far as it counts. */
export interface DigestedEntry {
  /** Relative to the root, which is empty. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  /** What counts of the mode: of the owner's permissions, and setuid, setgid and sticky. */
  readonly mode: number;
  /** A file's SHA-256 in hex, a link's target, nothing for a folder. */
  readonly content: string;
}

export interface TreeDigest {
  /** Of the names, kinds, modes and contents of all that is in the tree, in hex. */
  readonly sha256: string;
  readonly files: number;
  readonly sizeBytes: number;
  /** Each word that was found, and the first file that has it. */
  readonly words: ReadonlyMap<string, string>;
}

/**
 * What a copy of a tree would hold, as one digest. Counts names, contents, where links lead, empty folders, and of modes
 * what the owner may do (git keeps no more, and the rest is each person's umask); not times and not owners.
 *
 * Throws as `copyTree` does, and `CHANGED` where a file becomes shorter or longer while it is read.
 */
export async function digestTree(from: string, options: DigestTreeOptions = {}): Promise<TreeDigest> {
  throwIfAborted(options.signal);
  const root = resolve(from);
  const pacer = createPacer(options.signal);
  const hash = createHash('sha256');
  const words = new Map<string, string>();
  const counts = { files: 0, sizeBytes: 0 };
  const addEntry = (entry: TreeEntry, content: string): void => {
    const mode = entry.kind === 'link' ? 0 : entry.stats.mode & MODE_BITS;
    // No name and no target holds a NUL, so none can pass for the next entry.
    hash.update(`${entry.kind}\0${mode.toString(8)}\0${entry.path}\0${content}\0`, 'latin1');
    const shown = entry.kind === 'link' ? Buffer.from(content, 'latin1').toString() : content;
    options.onEntry?.({ path: pathText(entry.path), kind: entry.kind, mode, content: shown });
  };
  for (const entry of walkTree(bytePath(root), leaveOut(root, options.exclude ?? [], options.ignore))) {
    if (entry.kind === 'file') {
      const digest = await digestFile(entry, options, pacer);
      counts.files += 1;
      counts.sizeBytes += entry.stats.size;
      for (const word of digest.words) if (!words.has(word)) words.set(word, pathText(entry.path));
      addEntry(entry, digest.sha256);
    } else {
      addEntry(entry, entry.kind === 'link' ? readLink(entry.source) : '');
    }
    if (pacer.isDue()) await pacer.rest();
  }
  return { sha256: hash.digest('hex'), ...counts, words };
}

/** Of a mode what git keeps, and what makes a program another user. */
const MODE_BITS = 0o7700;

type Pacer = ReturnType<typeof createPacer>;

async function digestFile(
  entry: TreeEntry,
  { memory, wordsIn = () => [] }: DigestTreeOptions,
  pacer: Pacer,
): Promise<FileDigest> {
  const path = pathText(entry.path);
  const known = memory?.recall(path, entry.stats);
  if (known !== undefined) return known;
  const large = entry.stats.size > AT_ONCE_BYTES;
  const digest = large ? await readInPieces(entry, wordsIn, pacer) : readAtOnce(entry, wordsIn);
  memory?.remember(path, entry.stats, digest);
  return digest;
}

/** A file up to this size is read at once. */
const AT_ONCE_BYTES = 1024 * 1024;
const OVERLAP_BYTES = 256;

type WordsIn = (bytes: Buffer) => readonly string[];

function readAtOnce(entry: TreeEntry, wordsIn: WordsIn): FileDigest {
  const bytes = readWhole(entry.source);
  expectSize(entry, bytes.length);
  return { sha256: createHash('sha256').update(bytes).digest('hex'), words: [...new Set(wordsIn(bytes))] };
}

function readWhole(source: BytePath): Buffer {
  try {
    return readFileSync(fsPath(source));
  } catch (cause) {
    throw readError(source, cause);
  }
}

async function readInPieces(entry: TreeEntry, wordsIn: WordsIn, pacer: Pacer): Promise<FileDigest> {
  const hash = createHash('sha256');
  const words = new Set<string>();
  const memory = Buffer.allocUnsafe(OVERLAP_BYTES + AT_ONCE_BYTES);
  let kept = 0;
  let sizeBytes = 0;
  let file: number | undefined;
  try {
    file = openSync(fsPath(entry.source), 'r');
    for (;;) {
      const count = readSync(file, memory, kept, AT_ONCE_BYTES, null);
      if (count === 0) break;
      sizeBytes += count;
      hash.update(memory.subarray(kept, kept + count));
      for (const word of wordsIn(memory.subarray(0, kept + count))) words.add(word);
      const next = Math.min(OVERLAP_BYTES, kept + count);
      memory.copyWithin(0, kept + count - next, kept + count);
      kept = next;
      if (pacer.isDue()) await pacer.rest();
    }
    expectSize(entry, sizeBytes, fstatSync(file).size);
  } catch (cause) {
    throw readError(entry.source, cause);
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return { sha256: hash.digest('hex'), words: [...words] };
}

function expectSize({ stats, source }: TreeEntry, ...sizes: readonly number[]): void {
  if (sizes.every((size) => size === stats.size)) return;
  const path = pathText(source);
  throw new ArchiveError('CHANGED', `${path} changed while it was read: stop what writes to it`, { path });
}

function readError(source: BytePath, cause: unknown): ArchiveError {
  const path = pathText(source);
  if (errorCode(cause) !== 'ENOENT') return fileError('read', path, cause);
  return new ArchiveError('CHANGED', `${path} was removed while it was to be read`, { cause, path });
}

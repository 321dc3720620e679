import { createHash } from 'node:crypto';
import { DownloadError } from './error.ts';
import { countBytes, missingPieces } from './intervals.ts';
import { openPartFile, type PartFile, refuseExisting } from './part-file.ts';
import { type RetryOptions, withRetries } from './retrying.ts';
import type { FetchSource } from './source.ts';

export interface FetchProgress {
  /** What of it is there. */
  readonly doneBytes: number;
  readonly sizeBytes?: number;
}

export interface FetchFileOptions extends RetryOptions {
  /** Opens it, once more where it changes meanwhile. */
  readonly open: () => Promise<FetchSource>;
  /** Where its file goes, absolute. */
  readonly targetOf: (source: FetchSource) => string;
  /** Whether a file that is there may be replaced. */
  readonly replace: boolean;
  /** How many parts are read at a time at most. */
  readonly connections: number;
  readonly onProgress: (progress: FetchProgress) => void;
}

/** What was fetched. */
export interface Fetched {
  readonly path: string;
  readonly sizeBytes: number;
  /** In hex. */
  readonly sha256: string;
  /** Whether the digest is the one that the source named, and not only what was found. */
  readonly isVerified: boolean;
  /** What an earlier process had left of it. */
  readonly resumedBytes: number;
}

const TRIES = 3; // what changes more often is no download

/**
 * Fetches to a file: in parts, several at a time, going on where it was left, and with the digest checked before the file
 * has its name. Where it throws, or its process ends, what is there stays beside as `.part`, unless it is known to be
 * wrong. Throws `DownloadError`, what the source throws, and `signal.reason`.
 */
export async function fetchFile(options: FetchFileOptions): Promise<Fetched> {
  for (let left = TRIES; ; left -= 1) {
    await using source = await withRetries(options, options.open);
    const target = options.targetOf(source);
    if (!options.replace) await refuseExisting(target);
    try {
      return await fetchTo(target, source, options);
    } catch (error) {
      if (!hasChanged(error) || left === 1) throw error;
      options.onNotice(`${source.name} became another content while it was fetched: starting again`);
    }
  }
}

/** Said by servers and stores alike. */
const hasChanged = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'CHANGED';

async function fetchTo(target: string, source: FetchSource, options: FetchFileOptions): Promise<Fetched> {
  await using part = await openPartFile({
    target,
    source,
    replace: options.replace,
    onNotice: options.onNotice,
  });
  try {
    if (source.hasRanges) await fetchParts(part, source, options);
    else await fetchWhole(part, source, options);
    const found = await digestOf(part, options.signal);
    checkDigest(source, found.sha256);
    await part.finish({ replace: options.replace });
    const { resumedBytes } = part;
    return { path: target, ...found, isVerified: source.sha256 !== undefined, resumedBytes };
  } catch (error) {
    if (isOfNoUse(error) || !source.hasRanges) await part.remove();
    else await part.save().catch(() => {}); // what went wrong before says more
    throw error;
  }
}

const isOfNoUse = (error: unknown): boolean =>
  hasChanged(error) || (error instanceof DownloadError && error.code === 'DIGEST_MISMATCH');

const PIECE_BYTES = 16 * 1024 * 1024; // what one request asks for: long enough that asking does not show
const SAVE_MS = 500;

/** Fetches what is missing, each connection one piece after the other. */
async function fetchParts(part: PartFile, source: FetchSource, options: FetchFileOptions): Promise<void> {
  const sizeBytes = source.sizeBytes ?? 0; // known where there are ranges
  const pieces = missingPieces(part.done, sizeBytes, PIECE_BYTES);
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  let doneBytes = countBytes(part.done);
  options.onProgress({ doneBytes, sizeBytes });
  const saver = setInterval(() => part.save().catch((error: unknown) => failed.abort(error)), SAVE_MS);
  const fetchPiece = async ({
    start,
    end,
  }: {
    readonly start: number;
    readonly end: number;
  }): Promise<void> => {
    let position = start;
    await withRetries({ ...options, signal }, async (progress) => {
      for await (const chunk of source.read({ start: position, end }, signal)) {
        await part.write(chunk, position);
        position += chunk.length;
        doneBytes += chunk.length;
        progress();
        options.onProgress({ doneBytes, sizeBytes });
      }
    });
  };
  const connection = async (): Promise<void> => {
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) await fetchPiece(piece);
  };
  const stop = (error: unknown): void => failed.abort(error);
  try {
    const count = Math.max(1, Math.min(options.connections, pieces.length));
    await Promise.allSettled(Array.from({ length: count }, () => connection().catch(stop)));
  } finally {
    clearInterval(saver);
  }
  signal.throwIfAborted();
}

/** Fetches from the start to the end; where it breaks off, from the start again. */
async function fetchWhole(part: PartFile, source: FetchSource, options: FetchFileOptions): Promise<void> {
  const { sizeBytes } = source;
  await withRetries(options, async () => {
    await part.restart();
    let doneBytes = 0;
    for await (const chunk of source.read(undefined, options.signal)) {
      await part.write(chunk, doneBytes);
      doneBytes += chunk.length;
      options.onProgress({ doneBytes, ...(sizeBytes !== undefined && { sizeBytes }) });
    }
  });
}

/** Of what is on the disk, after all: also what a process before this one wrote. */
async function digestOf(
  part: PartFile,
  signal: AbortSignal,
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of part.read()) {
    signal.throwIfAborted();
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** Throws `DIGEST_MISMATCH`. */
export function checkDigest(source: FetchSource, sha256: string): void {
  if (source.sha256 === undefined || source.sha256 === sha256) return;
  const message = `what came from ${source.name} is not what was promised, and was removed: expected SHA-256 ${source.sha256}, found ${sha256}`;
  throw new DownloadError('DIGEST_MISMATCH', message);
}

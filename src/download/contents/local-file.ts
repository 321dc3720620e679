import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises';
import { isOutOfReach } from '../../kernel/index.ts';
import { type ByteRange, fileChunks, knownOfFile, StoreError } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';
import { type AskedPath, isBelow, pathsBelow } from './below-root.ts';
import { contentIdOf, stateIdOf } from './file-state.ts';

export interface OpenLocalOptions {
  /** Absolute and normal. Nothing outside of them is ever opened. One that is not there has nothing in it. */
  readonly roots: readonly string[];
  /** A root, or a folder below one, absolute. */
  readonly folder: string;
  /** Relative to the folder. */
  readonly path: string;
  /** Milliseconds since the epoch, as the file system counts them. */
  readonly now: () => number;
}

/** What is at a path below a root. */
export type OpenedLocal =
  | { readonly type: 'file'; readonly content: DownloadContent }
  /** `folder`, and the root that it is below: absolute, without links on the way. */
  | { readonly type: 'folder'; readonly folder: string; readonly root: string };

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/**
 * Opens a file below a root. Links are followed as long as they stay below the same root. `undefined` where there is
 * nothing, or nothing that may be read, or something that is neither file nor folder, or where it is outside: the same for
 * all of them. Throws `StoreError` `UNAVAILABLE` where the disk or the system fails.
 */
export async function openLocal(options: OpenLocalOptions): Promise<OpenedLocal | undefined> {
  const { roots, folder, path, now } = options;
  for (const asked of pathsBelow(roots, folder, path)) {
    const found = await quietly(() => openBelow(asked, { fileName: fileNameOf(folder, path), now }));
    if (found !== undefined) return found;
  }
  return undefined;
}

const fileNameOf = (folder: string, path: string): string =>
  `${folder}/${path}`.split('/').findLast((part) => part !== '' && part !== '.') ?? '';

interface Description {
  readonly fileName: string;
  readonly now: () => number;
}

async function openBelow(
  { root, path }: AskedPath,
  description: Description,
): Promise<OpenedLocal | undefined> {
  const [realRoot, real] = await Promise.all([realpath(root), realpath(path)]);
  if (!isBelow(realRoot, real)) return undefined;
  const stats = await lstat(real);
  if (stats.isDirectory()) return { type: 'folder', folder: real, root: realRoot };
  if (!stats.isFile()) return undefined; // opening a device can do something, and a pipe waits
  const content = await openFile(real, realRoot, description);
  return content === undefined ? undefined : { type: 'file', content };
}

interface Opened {
  readonly file: FileHandle;
  readonly path: string;
  readonly root: string;
}

/** Opens what the path names now, which may be something else than a moment ago. */
async function openFile(
  path: string,
  root: string,
  description: Description,
): Promise<DownloadContent | undefined> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  let content: DownloadContent | undefined;
  try {
    content = await contentOf({ file, path, root }, description);
  } finally {
    if (content === undefined) await file.close();
  }
  return content;
}

/** Looks at what was opened in the end, and at where it really is; a store that it belongs to may know more of it. */
async function contentOf(
  { file, path, root }: Opened,
  { fileName, now }: Description,
): Promise<DownloadContent | undefined> {
  const stats = await file.stat({ bigint: true });
  const isInside = isBelow(root, await readlink(`/proc/self/fd/${file.fd}`));
  if (!isInside || !stats.isFile()) return undefined;
  const { sha256, expiresAt = Number.POSITIVE_INFINITY } = (await knownOfFile(path, stats, root)) ?? {};
  if (expiresAt <= now()) return undefined;
  return {
    sizeBytes: Number(stats.size),
    etag: sha256 ?? etagOf(stats, now()),
    modifiedAt: Number(stats.mtimeMs),
    mediaType: 'application/octet-stream',
    fileName,
    ...(sha256 !== undefined && { sha256 }),
    read: (range: ByteRange, signal: AbortSignal) => ofOneState({ file, path, before: stats }, range, signal),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/**
 * The bytes of a range of a file. Where somebody wrote to it meanwhile they may be of two states: the last of them are not
 * given then, so that the download is seen to be cut. A file that only grew is what it was as far as it is read.
 */
async function* ofOneState(
  { file, path, before }: Pick<Opened, 'file' | 'path'> & { readonly before: BigIntStats },
  range: ByteRange,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = range.start;
  for await (const chunk of fileChunks(file, range, signal)) {
    at += chunk.length;
    if (at === range.end && wasWrittenTo(before, await file.stat({ bigint: true })))
      throw new StoreError('CHANGED', `${path} was written to while it was read`);
    yield chunk;
  }
}

// Not the time of its last change: a name that it gets or loses changes that.
const wasWrittenTo = (before: BigIntStats, now: BigIntStats): boolean =>
  now.mtimeNs !== before.mtimeNs && now.size <= before.size;

/** As short as a header's value is best, and telling nobody of inodes. */
const etagOf = (stats: BigIntStats, now: number): string =>
  createHash('sha256')
    .update(contentIdOf(stateIdOf(stats, now)))
    .digest('base64url');

async function quietly<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    if (isOutOfReach(cause)) return undefined;
    throw new StoreError('UNAVAILABLE', `a file below a root cannot be opened: ${String(cause)}`, { cause });
  }
}

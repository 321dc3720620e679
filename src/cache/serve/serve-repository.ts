import type { Stats } from 'node:fs';
import { type FileHandle, realpath } from 'node:fs/promises';
import { unreachable } from '../../kernel/index.ts';
import { fileChunks } from '../../store/index.ts';
import type { ObjectName } from '../ostree/object-name.ts';
import { objectPath } from '../ostree/object-name.ts';
import type { Repository } from '../repository/repository.ts';
import { type BatchOptions, batchChunks, type SentObject } from './batch.ts';
import { createClosures } from './closures.ts';
import { handleOf, openFile, readWhole } from './open-file.ts';
import type { Place } from './place.ts';
import { privateRefOf } from './private-commit.ts';
import { createSmallFiles, type SmallFile } from './small-files.ts';

/** A file of a repository that is being served. Dispose it. */
export type ServedFile = AsyncDisposable &
  (
    | { readonly type: 'small'; readonly small: SmallFile }
    | { readonly type: 'file'; readonly file: FileHandle; readonly stats: Stats }
    /** An object of a store, which comes from its beginning. */
    | { readonly type: 'stored'; readonly object: SentObject }
  );

/** What others may have of a repository, as it is at each moment: everybody, but for what a `Place` says of private refs. */
export interface ServedRepository {
  readonly repository: Repository;
  /** The same as `open`, where it is in memory. */
  peek(place: Place): SmallFile | undefined;
  /** `undefined` where there is nothing that may be had. Throws `CacheError`. */
  open(place: Place): Promise<ServedFile | undefined>;
  /** See `Closures`. */
  closure(commit: string, signal: AbortSignal): Promise<Buffer | undefined>;
  /** See `privateRefOf`. */
  privateRefOf(commit: string): Promise<string | undefined>;
  /** See `batchChunks`. */
  batch(entries: Uint8Array, options: Omit<BatchOptions, 'open'>): AsyncIterable<Uint8Array>;
  /** Whether its settings can be read: a disk that is gone, or a folder that is none any more, is seen. */
  isReadable(): Promise<boolean>;
}

export interface ServeRepositoryOptions {
  /** Milliseconds since the epoch, as the file system counts them. */
  readonly now: () => number;
  /** What is remembered of small files. @defaultValue 64 MiB */
  readonly filesBytes?: number;
  /** What is remembered of closures. @defaultValue 32 MiB: 800,000 objects */
  readonly closuresBytes?: number;
  /** How many objects of a commit are told in one answer. @defaultValue 500,000 */
  readonly closureObjects?: number;
}

// What one read takes; larger files are sent in pieces.
const SMALL_BYTES = 64 * 1024;
const MIB = 1024 * 1024;

/** Prepares a repository to be served. Disposes nothing: the repository is the caller's. */
export async function serveRepository(
  repository: Repository,
  options: ServeRepositoryOptions,
): Promise<ServedRepository> {
  const { now, filesBytes = 64 * MIB, closuresBytes = 32 * MIB, closureObjects = 500_000 } = options;
  const folder = await realpath(repository.folder);
  const files = createSmallFiles({ maxBytes: filesBytes, now });
  const closures = createClosures(repository, { maxBytes: closuresBytes, maxObjects: closureObjects });
  const isElsewhere = repository.settings.objects !== undefined;

  const openPath = async (path: string): Promise<ServedFile | undefined> => {
    const full = `${folder}/${path}`;
    const kept = files.get(full);
    if (kept !== undefined) return smallFile(kept);
    using opened = await openFile(folder, path);
    if (opened === undefined) return undefined;
    const { stats } = opened;
    if (stats.size <= SMALL_BYTES) {
      const small = { bytes: await readWhole(opened), stats };
      files.keep(full, small);
      return smallFile(small);
    }
    const file = await handleOf(opened);
    return { type: 'file', file, stats, [Symbol.asyncDispose]: () => file.close() };
  };

  const openObject = async (object: ObjectName): Promise<ServedFile | undefined> => {
    if (!isElsewhere) return await openPath(objectPath(object));
    const stored = await repository.open(object);
    if (stored === undefined) return undefined;
    const dispose = () => stored[Symbol.asyncDispose]();
    const sent = { sizeBytes: stored.sizeBytes, chunks: () => stored, [Symbol.asyncDispose]: dispose };
    return { type: 'stored', object: sent, [Symbol.asyncDispose]: dispose };
  };

  const openForBatch = async (name: ObjectName): Promise<SentObject | undefined> => {
    const served = await openObject(name);
    return served === undefined ? undefined : sentObject(served);
  };

  return {
    repository,
    peek: ({ path, object }) =>
      isElsewhere && object !== undefined ? undefined : files.get(`${folder}/${path}`),
    open: ({ path, object }) => (object === undefined ? openPath(path) : openObject(object)),
    closure: (commit, signal) => closures.get(commit, signal),
    privateRefOf: (commit) => privateRefOf(repository, commit),
    batch: (entries, rest) => batchChunks(entries, { ...rest, open: openForBatch }),
    async isReadable() {
      using opened = await openFile(folder, 'config').catch(() => undefined);
      return opened !== undefined;
    },
  };
}

const smallFile = (small: SmallFile): ServedFile => ({
  type: 'small',
  small,
  async [Symbol.asyncDispose]() {},
});

/** The same for a batch, whichever it is; disposing it disposes the file. */
function sentObject(served: ServedFile): SentObject {
  const { type, [Symbol.asyncDispose]: dispose } = served;
  switch (type) {
    case 'small': {
      const { bytes } = served.small;
      return {
        sizeBytes: bytes.length,
        bytes,
        chunks: () => oneChunk(bytes),
        [Symbol.asyncDispose]: dispose,
      };
    }
    case 'file': {
      const { file, stats } = served;
      const chunks = (signal: AbortSignal) => fileChunks(file, { start: 0, end: stats.size }, signal);
      return { sizeBytes: stats.size, chunks, [Symbol.asyncDispose]: dispose };
    }
    case 'stored':
      return served.object;
    default:
      return unreachable(type);
  }
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}

import { type FileHandle, link, lstat, open, rename, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { currentOwner, isGone } from '../kernel/index.ts';
import type { ByteRange } from '../store/index.ts';
import { claimPath } from './claim-path.ts';
import { DownloadError, diskError, errorCode } from './error.ts';
import { addRange, countBytes } from './intervals.ts';
import { readState, writeState } from './part-state.ts';
import type { FetchSource } from './source.ts';

/**
 * A file that is being fetched: `<target>.part`, and beside it `<target>.part.json`, which says what it is to become and
 * which parts of it are there. It stays where the process ends in between, and is gone on with by the next one.
 */
export interface PartFile extends AsyncDisposable {
  readonly path: string;
  /** What is there, in order. */
  readonly done: readonly ByteRange[];
  /** How much of it an earlier process left. */
  readonly resumedBytes: number;
  /** The next bytes at a place. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Forgets what is there. */
  restart(): Promise<void>;
  /** Puts what is there on the disk, and then says so in the state. */
  save(): Promise<void>;
  /** The file as it is on the disk, from its start. */
  read(): AsyncIterable<Uint8Array>;
  /** Gives it the target's name. Throws `FILE_EXISTS` where there is one, unless it may be replaced. */
  finish(options: { readonly replace: boolean }): Promise<void>;
  /** Removes it, with its state. */
  remove(): Promise<void>;
}

export interface OpenPartOptions {
  readonly target: string;
  readonly source: FetchSource;
  /** Whether a file by the name of the part may be removed that is no part. */
  readonly replace: boolean;
  /** Told where what an earlier process left is of no use. */
  readonly onNotice: (text: string) => void;
}

/** Throws `BUSY` where somebody else fetches to the same file. */
export async function openPartFile(options: OpenPartOptions): Promise<PartFile> {
  const path = `${options.target}.part`;
  await using opened = new AsyncDisposableStack();
  try {
    opened.use(await claimPath(path)); // before anything is looked at: two that begin at once see the same
    if (!options.replace) await refuseExisting(options.target); // it may have come since it was looked for
    const left = await usable(path, options);
    const { sizeBytes } = options.source;
    if (sizeBytes !== undefined) await requireRoom(path, sizeBytes, countBytes(left));
    await writeState(path, options.source, left); // before the file: one without a state is somebody else's
    const file = opened.use(left.length > 0 ? await open(path, 'r+') : await createFile(path));
    // All of its size from the start: parts are written where they belong.
    if (sizeBytes !== undefined) await file.truncate(sizeBytes);
    return createPartFile({ file, path, left, opened: opened.move() }, options);
  } catch (cause) {
    throw diskError('write', path, cause);
  }
}

/** Not what is there by that name, which may be a link. */
async function createFile(path: string): Promise<FileHandle> {
  await rm(path, { force: true });
  return await open(path, 'wx+', 0o666);
}

/** What an earlier process left, as far as it is of the same content. Throws `BUSY` where that process goes on. */
async function usable(
  path: string,
  { source, replace, onNotice }: OpenPartOptions,
): Promise<readonly ByteRange[]> {
  const state = await readState(path);
  const size = await plainSize(path);
  if (state === undefined && size !== undefined && !replace) throw fileExists(path);
  if (state === undefined) return [];
  const own = currentOwner();
  const isOwn = state.owner.host === own.host && state.owner.process === own.process;
  if (!isOwn && !isGone(state.owner)) {
    const advice =
      state.owner.host === own.host ? '' : ` on ${state.owner.host}: remove ${path}.json if it is not`;
    throw new DownloadError('BUSY', `another process is fetching to ${path}${advice}`);
  }
  const isSame = source.hasRanges && state.content === source.version && state.sizeBytes === source.sizeBytes;
  if (isSame && size === state.sizeBytes) return state.done;
  if (state.done.length > 0)
    onNotice(`${source.name} is another content than what ${path} has of it: starting again`);
  return [];
}

async function plainSize(path: string): Promise<number | undefined> {
  try {
    const stats = await lstat(path);
    return stats.isFile() ? stats.size : -1;
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

async function requireRoom(path: string, sizeBytes: number, doneBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  const [free, needed] = [bavail * bsize, sizeBytes - doneBytes];
  if (needed <= free) return;
  throw new DownloadError(
    'NO_SPACE',
    `there is no room for ${path}: ${needed} bytes are needed, ${free} are there`,
  );
}

interface OpenedPart {
  readonly file: FileHandle;
  readonly path: string;
  readonly left: readonly ByteRange[];
  /** What is closed at the end. */
  readonly opened: AsyncDisposableStack;
}

function createPartFile(
  { file, path, left, opened }: OpenedPart,
  { target, source }: OpenPartOptions,
): PartFile {
  let done = left;
  let saving: Promise<void> = Promise.resolve();
  let saved = left;
  const saveNow = async (): Promise<void> => {
    const now = done;
    if (now === saved) return;
    await file.datasync(); // before it is said that it is there
    await writeState(path, source, now);
    saved = now;
  };
  /** A save that goes on would write its state once more behind whoever removes it. */
  const settled = (): Promise<void> => saving.catch(() => {}); // told where it was asked for
  return {
    path,
    resumedBytes: countBytes(left),
    get done() {
      return done;
    },
    async write(bytes, position) {
      try {
        for (let at = 0; at < bytes.length; ) {
          at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
        }
      } catch (cause) {
        throw diskError('write', path, cause);
      }
      done = addRange(done, { start: position, end: position + bytes.length });
    },
    async restart() {
      done = [];
      await file.truncate(0);
      if (source.sizeBytes !== undefined) await file.truncate(source.sizeBytes);
    },
    async save() {
      saving = saving.catch(() => {}).then(saveNow);
      await saving;
    },
    read: () => file.createReadStream({ start: 0, autoClose: false, highWaterMark: 1024 * 1024 }),
    async finish({ replace }) {
      await settled();
      await file.sync();
      await giveName(path, target, replace);
      await rm(`${path}.json`, { force: true });
      await syncFolder(dirname(target));
    },
    async remove() {
      await settled();
      await rm(path, { force: true });
      await rm(`${path}.json`, { force: true });
    },
    async [Symbol.asyncDispose]() {
      await settled();
      await opened.disposeAsync();
    },
  };
}

async function giveName(path: string, target: string, replace: boolean): Promise<void> {
  try {
    if (replace) {
      await rename(path, target);
      // A name is left where both were one file already: a process was killed before it removed this one.
      return await rm(path, { force: true });
    }
    await link(path, target); // unlike a renaming it replaces nothing, also nothing that came this moment
    await rm(path);
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') throw fileExists(target);
    // Some file systems know no second names.
    if (replace || !['EPERM', 'ENOTSUP', 'EOPNOTSUPP'].includes(errorCode(cause) ?? '')) {
      throw diskError('write', target, cause);
    }
    await refuseExisting(target);
    await rename(path, target);
  }
}

export const fileExists = (target: string): DownloadError =>
  new DownloadError('FILE_EXISTS', `${target} is there already`);

/** Throws `FILE_EXISTS`. */
export async function refuseExisting(target: string): Promise<void> {
  const found = await lstat(target).catch((cause: unknown) => {
    if (errorCode(cause) !== 'ENOENT') throw diskError('look at', target, cause);
  });
  if (found !== undefined) throw fileExists(target);
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path);
  await folder.sync();
}

import { randomUUID } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StoreError } from '../../store/index.ts';

/** Tells one state of a file from others. */
export interface StateId {
  /** Other bytes mean another text. */
  readonly identity: string;
  /** It was changed so shortly before it was looked at that it may change again without a trace. */
  readonly isFresh: boolean;
}

/** A file on this machine's disk in one state of it. */
export interface FileState extends StateId {
  /** Absolute. */
  readonly path: Buffer;
  readonly sizeBytes: number;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

// The clock of a file system may stand still for a tick of the kernel, at most 10 ms; what is changed twice in it looks the
// same. The rest is for clocks that differ.
const FRESH_MS = 1000;

/** `now`: milliseconds since the epoch. */
export const stateIdOf = (stats: BigIntStats, now: number): StateId => ({
  identity: identityOf(stats),
  isFresh: now - Number(stats.ctimeMs) < FRESH_MS,
});

/** Two states of a file never have the same one; a file that has just been changed has another one each time. */
export const contentIdOf = ({ identity, isFresh }: StateId): string =>
  isFresh ? `${identity}:${randomUUID()}` : identity;

export const fileState = (path: Buffer, stats: BigIntStats, now: number): FileState => ({
  ...stateIdOf(stats, now),
  path,
  sizeBytes: Number(stats.size),
});

const identityOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;

/**
 * Opens a file in the state that is known; wherever the path leads by now, it is the same file. Throws `CHANGED` where it
 * is in another one or gone, `UNAVAILABLE` where it cannot be opened.
 */
export async function openState(state: FileState): Promise<FileHandle> {
  const file = await open(state.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY).catch(
    (cause: unknown) => {
      throw GONE.has(codeOf(cause)) ? changed(state, cause) : unavailable(state, cause);
    },
  );
  try {
    await checkState(file, state);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Throws `CHANGED` where an open file is not in the state any more. */
export async function checkState(file: FileHandle, state: FileState): Promise<void> {
  const stats = await file.stat({ bigint: true }).catch((cause: unknown) => {
    throw unavailable(state, cause);
  });
  if (identityOf(stats) !== state.identity) throw changed(state);
}

// ENXIO: a pipe or socket is there now; ELOOP: a link.
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENODEV']);

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : '';

const changed = ({ path }: FileState, cause?: unknown): StoreError =>
  new StoreError('CHANGED', `${path} was changed or removed since its folder was looked at`, { cause });

const unavailable = ({ path }: FileState, cause: unknown): StoreError =>
  new StoreError('UNAVAILABLE', `${path} could not be read: ${codeOf(cause) || String(cause)}`, { cause });

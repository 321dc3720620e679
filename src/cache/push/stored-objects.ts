import { closeSync, constants, lstatSync, openSync, readSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { CacheError } from '../error.ts';
import { type ObjectName, objectFileName, objectPath } from '../ostree/object-name.ts';
import type { Repository, StoredBytes } from '../repository/repository.ts';

/** An object of the repository with its size as it is stored. */
export interface StoredObject {
  readonly name: ObjectName;
  readonly sizeBytes: number;
}

/** Where objects come from. */
export type ObjectSource = Pick<Repository, 'folder' | 'settings' | 'sizeOf' | 'open'>;

/** Reads many objects of a repository in a row, all of one before the next. Dispose it in any case. */
export interface ObjectFeed extends AsyncDisposable {
  /** Puts all of a small object at `at`, at once; false: it has to come in pieces. */
  readSmall(index: number, into: Buffer, at: number): boolean;
  /** What comes next, wherever that takes its time, before it is asked for. */
  prepare(index: number): Promise<void>;
  /** The content of an object, piece by piece into the memory that `room` gives. */
  pieces(index: number, room: () => Promise<Buffer>, filled: (bytes: number) => void): Promise<void>;
}

const AT_ONCE = 500; // a look at a file is 2 µs: a millisecond, then others have their turn

/** The objects with their sizes. Throws `MISSING_OBJECT`: what is not here cannot be sent. */
export async function storedObjects(
  repository: ObjectSource,
  names: readonly ObjectName[],
): Promise<StoredObject[]> {
  const sizeOf = (name: ObjectName): number | undefined | Promise<number | undefined> =>
    isInFolder(repository)
      ? lstatSync(pathOf(repository, name), { throwIfNoEntry: false })?.size
      : repository.sizeOf(name);
  const stored: StoredObject[] = [];
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = names.slice(from, from + AT_ONCE);
    const sizes = await Promise.all(some.map(sizeOf));
    for (const [i, name] of some.entries()) {
      const sizeBytes = sizes[i];
      if (sizeBytes === undefined) throw missingObject(repository, name);
      stored.push({ name, sizeBytes });
    }
    await setImmediate();
  }
  return stored;
}

const SLOW_MS = 1; // a file that takes longer came from a disk

/** Opens the way to read these, in their order. `slowMs`: what a small file may take before others are asked for ahead. */
export const openFeed = (
  repository: ObjectSource,
  objects: readonly StoredObject[],
  slowMs = SLOW_MS,
): ObjectFeed =>
  isInFolder(repository) ? fileFeed(repository, objects, slowMs) : streamFeed(repository, objects);

const isInFolder = ({ settings }: ObjectSource): boolean => settings.objects === undefined;

const pathOf = ({ folder }: ObjectSource, name: ObjectName): string => join(folder, objectPath(name));

export function missingObject(repository: ObjectSource, name: ObjectName): CacheError {
  return new CacheError(
    'MISSING_OBJECT',
    `the object ${objectFileName(name)} is needed and is not in ${repository.folder}`,
    { hint: 'Parts of this artifact are gone: `slipway cache fsck` says which, and what to do.' },
  );
}

const OPEN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
// Opening, reading and closing a file that is in memory takes 10 µs where it is done at once, and four times that where each
// call goes to another thread and back.
const SMALL_BYTES = 128 * 1024;
const AHEAD = 16; // at a time, then: 2 MiB

/** Files in the page cache are read where they are needed; of a disk that takes its time several are asked for together. */
function fileFeed(repository: ObjectSource, objects: readonly StoredObject[], slowMs: number): ObjectFeed {
  const ahead = new Map<number, Buffer>();
  let isSlow = false;
  return {
    readSmall(index, into, at) {
      const object = objectAt(objects, index);
      if (object.sizeBytes > SMALL_BYTES) return false;
      const read = ahead.get(index);
      ahead.delete(index);
      const startedAt = performance.now();
      const room = into.subarray(at, at + object.sizeBytes);
      if (read?.length === object.sizeBytes) room.set(read);
      else readNow(pathOf(repository, object.name), room);
      if (read === undefined) isSlow = performance.now() - startedAt > slowMs;
      return true;
    },
    async prepare(index) {
      if (!isSlow || ahead.size > 0) return;
      const next = objects.slice(index, index + AHEAD);
      await Promise.all(
        next.map(async ({ name, sizeBytes }, i) => {
          if (sizeBytes > SMALL_BYTES) return;
          const read = await readFile(pathOf(repository, name), { flag: OPEN }).catch(() => undefined);
          if (read !== undefined) ahead.set(index + i, read); // else the read that counts says what is wrong
        }),
      );
      isSlow = false; // the next one that was not asked for tells anew
    },
    async pieces(index, room, filled) {
      const { name, sizeBytes } = objectAt(objects, index);
      await using file = await open(pathOf(repository, name), OPEN).catch(failed(pathOf(repository, name)));
      for (let at = 0; at < sizeBytes; ) {
        const memory = await room();
        const { bytesRead } = await file.read(memory, 0, Math.min(memory.length, sizeBytes - at), at);
        if (bytesRead === 0) throw shorter(pathOf(repository, name));
        filled(bytesRead);
        at += bytesRead;
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}

function objectAt(objects: readonly StoredObject[], index: number): StoredObject {
  const object = objects[index];
  if (object === undefined) throw new RangeError(`there is no object ${index}`);
  return object;
}

function readNow(path: string, into: Buffer): void {
  const file = openNow(path);
  try {
    for (let at = 0; at < into.length; ) {
      const bytesRead = readSync(file, into, at, into.length - at, at);
      if (bytesRead === 0) throw shorter(path);
      at += bytesRead;
    }
  } finally {
    closeSync(file);
  }
}

function openNow(path: string): number {
  try {
    return openSync(path, OPEN);
  } catch (error) {
    return failed(path)(error);
  }
}

const failed =
  (path: string) =>
  (cause: unknown): never => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CacheError('MISSING_OBJECT', `${path} could not be read: ${why}`, { cause });
  };

const shorter = (path: string): CacheError =>
  new CacheError('CORRUPT_OBJECT', `${path} changed its size while it was read`);

const OPEN_AHEAD = 8;

/** Objects that are elsewhere: while one is read the next ones are asked for. */
function streamFeed(repository: ObjectSource, objects: readonly StoredObject[]): ObjectFeed {
  const opened = new Map<number, Promise<StoredBytes | undefined>>();
  const openFrom = (index: number): void => {
    for (let i = index; i < Math.min(index + OPEN_AHEAD, objects.length); i += 1) {
      if (opened.has(i)) continue;
      const opening = repository.open(objectAt(objects, i).name);
      opening.catch(() => {}); // told when its turn comes
      opened.set(i, opening);
    }
  };
  return {
    readSmall: () => false,
    prepare: async (index) => openFrom(index),
    async pieces(index, room, filled) {
      const { name, sizeBytes } = objectAt(objects, index);
      openFrom(index);
      await using bytes = await opened.get(index);
      opened.delete(index);
      if (bytes === undefined) throw missingObject(repository, name);
      if (bytes.sizeBytes !== sizeBytes) throw shorter(objectFileName(name));
      let left = sizeBytes;
      for await (const chunk of bytes) {
        left -= chunk.length;
        if (left < 0) break;
        for (let at = 0; at < chunk.length; ) {
          const memory = await room();
          const piece = chunk.subarray(at, at + memory.length);
          memory.set(piece);
          filled(piece.length);
          at += piece.length;
        }
      }
      if (left !== 0) throw shorter(objectFileName(name));
    },
    async [Symbol.asyncDispose]() {
      const left = await Promise.allSettled(opened.values());
      await Promise.all(
        left.map(async (outcome) => {
          if (outcome.status === 'fulfilled') await outcome.value?.[Symbol.asyncDispose]();
        }),
      );
    },
  };
}

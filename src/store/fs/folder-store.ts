import { StoreError } from '../error.ts';
import { checkKey } from '../key.ts';
import { cutRange } from '../range.ts';
import type { ListOptions, ObjectContent, ObjectPage, ObjectStore, OpenOptions } from '../store.ts';
import { fileChunks } from './file-chunks.ts';
import { type Folder, failureOf, requireStore, requireWritable } from './folder.ts';
import { listKeys } from './list-keys.ts';
import { lookUp, openObject } from './look-up.ts';
import { putObject } from './put-object.ts';
import { removeExpired, removeObject } from './remove-object.ts';

/** The port on a folder that is open. */
export function createFolderStore(folder: Folder): ObjectStore {
  const name = `the folder ${folder.root}`;
  /** Checks what all calls on a key check, and says what the file system refused. */
  const onKey = async <T>(
    what: string,
    key: string,
    signal: AbortSignal | undefined,
    call: () => Promise<T>,
  ): Promise<T> => {
    checkKey(key);
    return await told(folder, `${what} ${key} in`, signal, call);
  };
  return {
    name,
    async put(key, content, options = {}) {
      checkKey(key);
      options.signal?.throwIfAborted();
      requireWritable(folder);
      return await putObject(folder, key, content, options);
    },
    head: (key, { signal } = {}) => onKey('look at', key, signal, () => found(folder, lookUp(folder, key))),
    open: (key, options = {}) => onKey('open', key, options.signal, () => open(folder, key, options)),
    list: (options = {}) => told(folder, 'list', options.signal, () => list(folder, options)),
    remove: (key, { signal } = {}) =>
      onKey('remove', key, signal, async () => {
        requireWritable(folder);
        const removed = await removeObject(folder, key);
        if (!removed) await requireStore(folder);
        return removed;
      }),
    removeExpired: (options) =>
      told(folder, 'remove what has expired in', options.signal, () => removeExpired(folder, options)),
    [Symbol.asyncDispose]: async () => {}, // nothing stays open between two calls
  };
}

async function told<T>(
  folder: Folder,
  attempt: string,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await call();
  } catch (cause) {
    if (signal?.aborted && cause === signal.reason) throw cause;
    throw await failureOf(folder, attempt, cause);
  }
}

/** Absence is told only of a store that is there. */
async function found<T>(folder: Folder, looked: Promise<T | undefined>): Promise<T | undefined> {
  const result = await looked;
  if (result === undefined) await requireStore(folder);
  return result;
}

async function open(folder: Folder, key: string, options: OpenOptions): Promise<ObjectContent | undefined> {
  const opened = await found(folder, openObject(folder, key));
  if (opened === undefined) return undefined;
  const { object, file } = opened;
  if (options.ifVersion !== undefined && options.ifVersion !== object.version) {
    await file.close();
    throw new StoreError('CHANGED', `${key} in the folder ${folder.root} is another version by now`);
  }
  const range = cutRange(options.range, object.sizeBytes);
  return {
    object,
    range,
    [Symbol.asyncIterator]: () => fileChunks(file, range, options.signal)[Symbol.asyncIterator](),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

// How many objects of a page are looked at at once: enough for the threads there are, far from the number of open files.
const AT_ONCE = 16;

async function list(folder: Folder, options: ListOptions): Promise<ObjectPage> {
  const { prefix = '', after, limit = 1000, signal } = options;
  const keys: string[] = [];
  for await (const key of listKeys(folder, { prefix, after })) {
    signal?.throwIfAborted();
    if (keys.push(key) > limit) break;
  }
  if (keys.length === 0) await requireStore(folder);
  const next = keys.length > limit ? keys[limit - 1] : undefined;
  const objects: Awaited<ReturnType<typeof lookUp>>[] = [];
  for (let at = 0; at < Math.min(keys.length, limit); at += AT_ONCE) {
    signal?.throwIfAborted();
    const some = keys.slice(at, Math.min(at + AT_ONCE, limit));
    objects.push(...(await Promise.all(some.map((key) => lookUp(folder, key)))));
  }
  return {
    objects: objects.filter((object) => object !== undefined),
    ...(next === undefined ? {} : { next }),
  };
}

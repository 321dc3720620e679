import { abortable } from '../abortable.ts';
import { checkContent } from '../content-check.ts';
import { StoreError } from '../error.ts';
import { checkKey, compareKeys } from '../key.ts';
import { cutRange } from '../range.ts';
import type {
  ByteRange,
  ListOptions,
  ObjectContent,
  ObjectPage,
  ObjectStore,
  OpenOptions,
  PutOptions,
  PutResult,
} from '../store.ts';

export interface MemoryStoreOptions {
  /** The time, in milliseconds since the epoch. @defaultValue `Date.now` */
  readonly now?: () => number;
}

interface Kept {
  readonly object: PutResult;
  readonly bytes: Buffer;
}

interface Memory {
  readonly kept: Map<string, Kept>;
  readonly now: () => number;
}

// Smaller than what others hand out, so that a reader which takes one chunk for all of it is found out.
const CHUNK_BYTES = 16 * 1024;

/** A store whose objects are gone with the process. It lends its chunks as strictly as a port's user has to expect. */
export function openMemoryStore(options: MemoryStoreOptions = {}): ObjectStore {
  const memory: Memory = { kept: new Map(), now: options.now ?? Date.now };
  return {
    name: 'memory',
    put: (key, content, putOptions = {}) => put(memory, key, content, putOptions),
    async head(key, { signal } = {}) {
      check(key, signal);
      return find(memory, key)?.object;
    },
    async open(key, openOptions = {}) {
      check(key, openOptions.signal);
      return open(find(memory, key), openOptions);
    },
    list: async (listOptions = {}) => list(memory, listOptions),
    async remove(key, { signal } = {}) {
      check(key, signal);
      const found = find(memory, key) !== undefined;
      memory.kept.delete(key);
      return found;
    },
    async removeExpired({ prefix = '', now, signal }) {
      signal?.throwIfAborted();
      const expired = [...memory.kept.values()]
        .filter(({ object }) => object.key.startsWith(prefix) && (object.expiresAt ?? Infinity) <= now)
        .map(({ object }) => object.key);
      for (const key of expired) memory.kept.delete(key);
      return expired;
    },
    [Symbol.asyncDispose]: async () => memory.kept.clear(),
  };
}

function check(key: string, signal: AbortSignal | undefined): void {
  checkKey(key);
  signal?.throwIfAborted();
}

function find({ kept, now }: Memory, key: string): Kept | undefined {
  const found = kept.get(key);
  return (found?.object.expiresAt ?? Infinity) > now() ? found : undefined;
}

async function put(
  memory: Memory,
  key: string,
  content: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<PutResult> {
  check(key, options.signal);
  const pieces: Buffer[] = [];
  const told = checkContent(key, options);
  for await (const chunk of abortable(content, options.signal)) {
    told.add(chunk);
    pieces.push(Buffer.from(chunk));
  }
  options.signal?.throwIfAborted();
  const { sizeBytes, sha256 } = told.finish();
  if (options.ifAbsent && find(memory, key)) throw new StoreError('EXISTS', `${key} is in memory already`);
  const { mediaType, expiresAt } = options;
  const object: PutResult = {
    key,
    sizeBytes,
    sha256,
    version: sha256,
    modifiedAt: memory.now(),
    ...(mediaType === undefined ? {} : { mediaType }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  memory.kept.set(key, { object, bytes: Buffer.concat(pieces) });
  return object;
}

function open(found: Kept | undefined, options: OpenOptions): ObjectContent | undefined {
  if (found === undefined) return undefined;
  const { object, bytes } = found;
  if (options.ifVersion !== undefined && options.ifVersion !== object.version) {
    throw new StoreError('CHANGED', `${object.key} is another version by now`);
  }
  const range = cutRange(options.range, object.sizeBytes);
  return {
    object,
    range,
    [Symbol.asyncIterator]: () => lend(bytes, range, options.signal),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function* lend(bytes: Buffer, range: ByteRange, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const lent = Buffer.alloc(Math.min(CHUNK_BYTES, range.end - range.start));
  for (let at = range.start; at < range.end; at += lent.length) {
    signal?.throwIfAborted();
    const size = bytes.copy(lent, 0, at, Math.min(range.end, at + lent.length));
    yield lent.subarray(0, size);
  }
}

function list(memory: Memory, { prefix = '', after, limit = 1000, signal }: ListOptions): ObjectPage {
  signal?.throwIfAborted();
  const keys = [...memory.kept.keys()]
    .filter((key) => key.startsWith(prefix) && (after === undefined || compareKeys(key, after) > 0))
    .sort(compareKeys);
  const objects = keys
    .slice(0, limit)
    .map((key) => find(memory, key)?.object)
    .filter((object) => object !== undefined);
  const next = keys.length > limit ? keys[limit - 1] : undefined;
  return { objects, ...(next === undefined ? {} : { next }) };
}

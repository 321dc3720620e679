import { formatDuration } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';

/** Bytes of the other side, taken in amounts that the reader chooses; messages and a tar come out of the same one. */
export interface ByteSource {
  /** How many bytes have been taken. */
  readonly position: number;
  /** How many bytes can be taken without waiting. */
  readonly available: number;
  /** Waits until `count` bytes can be taken; false where the stream ends before. For counts that fit into memory. */
  fill(count: number): Promise<boolean>;
  /** Takes up to `count` of the available bytes; they are only valid until the next `fill`, `skip` or `wait`. */
  take(count: number): Buffer;
  /** Takes `count` bytes, however many, and throws them away. False where the stream ends before. */
  skip(count: number): Promise<boolean>;
  /** Waits for whatever comes first: a byte that can be taken, the end, or so much silence. */
  wait(silenceMs: number): Promise<'bytes' | 'end' | 'silence'>;
}

export interface ByteSourceOptions {
  /** Nothing for so long while bytes are waited for is an error, `UNAVAILABLE`. @defaultValue no limit */
  readonly idleMs?: number;
  /** Ends all waiting with its reason. */
  readonly signal?: AbortSignal;
}

// A timer of Node's cannot wait longer: 24 days.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Takes a stream's bytes; its chunks may be borrowed. */
export function createByteSource(
  stream: AsyncIterable<Uint8Array>,
  { idleMs = MAX_TIMER_MS, signal }: ByteSourceOptions = {},
): ByteSource {
  const chunks = createChunks(stream, signal);
  const gatherer = createGatherer();
  let held: Buffer = Buffer.alloc(0);
  let total = 0;
  const more = async (): Promise<Buffer | undefined> => {
    const next = await chunks.next(idleMs);
    if (next === 'silence') throw silent(idleMs);
    total += next?.length ?? 0;
    return next;
  };
  const take = (count: number): Buffer => {
    const taken = held.subarray(0, count);
    held = held.subarray(taken.length);
    return taken;
  };
  return {
    get position() {
      return total - held.length;
    },
    get available() {
      return held.length;
    },
    async fill(count) {
      if (held.length >= count) return true;
      if (held.length === 0) held = (await more()) ?? held;
      if (held.length >= count || held.length === 0) return held.length >= count;
      gatherer.start(held, count);
      while (gatherer.length < count) {
        const chunk = await more();
        if (chunk === undefined) break;
        gatherer.append(chunk);
      }
      held = gatherer.bytes();
      return held.length >= count;
    },
    take,
    async skip(count) {
      for (let left = count; ; ) {
        left -= take(left).length;
        if (left === 0) return true;
        const chunk = await more();
        if (chunk === undefined) return false;
        held = chunk;
      }
    },
    async wait(silenceMs) {
      if (held.length > 0) return 'bytes';
      const next = await chunks.next(silenceMs);
      if (next === 'silence') return next;
      held = next ?? held;
      total += held.length;
      return held.length > 0 ? 'bytes' : 'end';
    },
  };
}

function silent(idleMs: number): CacheError {
  return new CacheError('UNAVAILABLE', `The other side has sent nothing for ${formatDuration(idleMs)}`);
}

interface Chunks {
  /** The next one that is not empty, `undefined` at the end. */
  next(silenceMs: number): Promise<Buffer | 'silence' | undefined>;
}

function createChunks(stream: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Chunks {
  const iterator = stream[Symbol.asyncIterator]();
  // What silence or the signal interrupted goes on to wait for its chunk.
  let pending: Promise<IteratorResult<Uint8Array>> | undefined;
  const within = async (silenceMs: number): Promise<IteratorResult<Uint8Array> | 'silence'> => {
    signal?.throwIfAborted();
    pending ??= iterator.next();
    const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Uint8Array> | 'silence'>();
    const abort = (): void => reject(signal?.reason);
    const timer = setTimeout(() => resolve('silence'), Math.min(silenceMs, MAX_TIMER_MS));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      pending.then(resolve, reject);
      const next = await promise;
      if (next !== 'silence') pending = undefined;
      return next;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  };
  return {
    async next(silenceMs) {
      for (;;) {
        const next = await within(silenceMs);
        if (next === 'silence') return next;
        if (next.done) return undefined;
        const { buffer, byteOffset, byteLength } = next.value;
        if (byteLength > 0) return Buffer.from(buffer, byteOffset, byteLength);
      }
    },
  };
}

interface Gatherer {
  readonly length: number;
  /** Begins anew, with bytes that may be what was gathered before. */
  start(first: Buffer, expected: number): void;
  append(chunk: Buffer): void;
  bytes(): Buffer;
}

/** What a chunk of a pipe or a socket has. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Puts chunks together in memory that is there from the beginning, so that many small ones cost no more than a few large
 * ones, and that is used again: memory of its own for each of thousands of objects is more work than to fill it.
 */
function createGatherer(): Gatherer {
  let memory: Buffer = Buffer.alloc(0);
  let length = 0;
  const makeRoom = (bytes: number): Buffer =>
    bytes <= memory.length ? memory : Buffer.allocUnsafeSlow(bytes + CHUNK_BYTES);
  return {
    get length() {
      return length;
    },
    start(first, expected) {
      const into = makeRoom(Math.max(expected, first.length));
      length = first.copy(into); // also where both are the same memory
      memory = into;
    },
    append(chunk) {
      const into = makeRoom(length + chunk.length);
      if (into !== memory) memory.copy(into, 0, 0, length);
      memory = into;
      length += chunk.copy(memory, length);
    },
    bytes: () => memory.subarray(0, length),
  };
}

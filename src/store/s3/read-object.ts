import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { StoreError } from '../error.ts';
import type { ByteRange, StoredObject } from '../store.ts';
import type { Bucket } from './bucket.ts';
import { refusalOf } from './refusal.ts';

/** An object that is being read. */
interface Reading {
  readonly bucket: Bucket;
  readonly object: StoredObject;
  /** Within the object, and not empty. */
  readonly range: ByteRange;
  /** The bytes of the range, from its start. */
  readonly body: Readable;
  readonly signal: AbortSignal | undefined;
  /** The same object's bytes from another place on, to the end of the range. Throws `StoreError`. */
  readonly reopen: (start: number) => Promise<Readable>;
}

/** So many requests in a row may bring next to nothing, and so many may be made for one content at all. */
const MAX_FUTILE = 3;
const FUTILE_BYTES = 64 * 1024;
const MAX_REQUESTS = 1000;

export interface ObjectReader extends AsyncIterable<Uint8Array> {
  /** Lets go of the connection; reading on ends. */
  close(): void;
}

/**
 * The bytes of a range. Where they stop coming, the rest is asked for again. A content whose digest is known is never
 * given to its end where it is another one: throws `DIGEST_MISMATCH` before the last bytes.
 */
export function readObject(reading: Reading): ObjectReader {
  const open: Open = { body: reading.body, isClosed: false };
  return {
    [Symbol.asyncIterator]: () => readOn(reading, open),
    close() {
      open.isClosed = true;
      open.body.destroy();
    },
  };
}

interface Open {
  body: Readable;
  isClosed: boolean;
}

async function* readOn(reading: Reading, open: Open): AsyncGenerator<Uint8Array, void, undefined> {
  const { range, signal, reopen } = reading;
  const verify = digestCheck(reading);
  let at = range.start;
  let futile = 0;
  for (let requests = 1; ; requests += 1) {
    const from = at;
    let error: unknown;
    // Servers hang up on those who let them wait: that is no sign of trouble, and not counted.
    let wasLeft = open.body.errored !== null;
    try {
      for await (const chunk of chunksOf(open.body)) {
        const wanted = chunk.subarray(0, range.end - at);
        at += wanted.length;
        verify(wanted, at);
        yield wanted;
        if (at === range.end) return;
        wasLeft = open.body.errored !== null;
      }
    } catch (caught) {
      if (caught instanceof StoreError) throw caught;
      error = caught;
    }
    signal?.throwIfAborted();
    if (open.isClosed) return;
    if (!wasLeft) futile = at - from < FUTILE_BYTES ? futile + 1 : 0;
    if (futile >= MAX_FUTILE || requests >= MAX_REQUESTS) throw cutOff(reading, at, error);
    await pause(futile, signal);
    open.body = await reopen(at);
    if (open.isClosed) open.body.destroy();
  }
}

const chunksOf = (body: Readable): AsyncIterable<Uint8Array> => body; // no encoding is set: it gives bytes

async function pause(futile: number, signal: AbortSignal | undefined): Promise<void> {
  const mostMs = 100 * 2 ** futile;
  await wait(Math.random() * mostMs, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
}

/** Takes what is read and how far that reaches; throws before the last bytes of a content that is another one. */
function digestCheck({ bucket, object, range }: Reading): (chunk: Uint8Array, at: number) => void {
  const { sha256, sizeBytes } = object;
  if (sha256 === undefined || range.start > 0 || range.end < sizeBytes) return () => undefined;
  const hash = createHash('sha256');
  return (chunk, at) => {
    hash.update(chunk);
    if (at < sizeBytes) return;
    const found = hash.digest('hex');
    if (found === sha256) return;
    const message = `"${object.key}" of ${bucket.name} is damaged: expected SHA-256 ${sha256}, found ${found}`;
    throw new StoreError('DIGEST_MISMATCH', message);
  };
}

function cutOff({ bucket, object, range }: Reading, at: number, error: unknown): StoreError {
  const isStall = refusalOf(error).name === 'TimeoutError';
  const found = `expected ${range.end - range.start} bytes, found ${at - range.start}`;
  const how = isStall ? 'stopped sending' : 'ended before its end';
  return new StoreError(
    isStall ? 'TIMEOUT' : 'TRUNCATED',
    `"${object.key}" of ${bucket.name} ${how}: ${found}`,
  );
}

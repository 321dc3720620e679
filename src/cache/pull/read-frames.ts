import { CacheError } from '../error.ts';
import { type ObjectName, objectFileName } from '../ostree/object-name.ts';
import { PassingError } from '../passing-error.ts';
import { decodeFrames, FRAME_HEADER_BYTES } from '../wire/batch.ts';
import { ENTRY_BYTES, encodeEntries } from '../wire/entries.ts';
import type { CameFile } from './remote-files.ts';

/** One object of a batch. What does not come whole is to be read to its end before the next frame is asked for. */
export interface ReadFrame {
  readonly name: ObjectName;
  readonly came: CameFile;
}

export interface ReadFramesOptions {
  /** What was asked for, in its order. */
  readonly asked: readonly ObjectName[];
  /** The address, for messages. */
  readonly from: string;
  /** Objects up to this size are gathered. */
  readonly wholeBytes: number;
}

/**
 * Reads what answers a batch; chunks of the body are the reader's own. Throws `PROTOCOL` for what nobody asked for,
 * `MISSING_OBJECT` for what the other side does not have, and `PassingError` where it ends too early.
 */
export async function* readFrames(
  body: AsyncIterable<Uint8Array>,
  options: ReadFramesOptions,
): AsyncGenerator<ReadFrame, void, undefined> {
  const { asked, from, wholeBytes } = options;
  const bytes = createCursor(body, from);
  const entries = encodeEntries(asked);
  for (const [index, name] of asked.entries()) {
    const header = await bytes.whole(FRAME_HEADER_BYTES);
    const at = index * ENTRY_BYTES;
    if (header.compare(entries, at, at + ENTRY_BYTES, 0, ENTRY_BYTES) !== 0)
      throw unasked(header, name, from);
    const sizeBytes = readSize(header, name, from);
    if (sizeBytes <= wholeBytes) yield { name, came: { bytes: await bytes.whole(sizeBytes) } };
    else yield { name, came: { content: bytes.pieces(sizeBytes), sizeBytes } };
  }
  if ((await bytes.next(1)) === undefined) return;
  throw new CacheError('PROTOCOL', `${from} goes on behind the last object that was asked for`);
}

function unasked(header: Buffer, asked: ObjectName, from: string): CacheError {
  const [frame] = decodeFrames(header) ?? [];
  const found = frame === undefined ? 'what is no object' : objectFileName(frame.name);
  return new CacheError('PROTOCOL', `${from}: expected ${objectFileName(asked)}, found ${found}`);
}

function readSize(header: Buffer, asked: ObjectName, from: string): number {
  const [frame] = decodeFrames(header) ?? [];
  if (frame === undefined) throw unasked(header, asked, from);
  if (frame.sizeBytes !== undefined) return frame.sizeBytes;
  throw new CacheError(
    'MISSING_OBJECT',
    `${from} does not have ${objectFileName(asked)}: the artifact is not complete there`,
  );
}

interface Cursor {
  /** At least one byte and at most so many; `undefined` at the end. */
  next(atMost: number): Promise<Buffer | undefined>;
  /** Exactly so many. */
  whole(count: number): Promise<Buffer>;
  /** So many as they come. */
  pieces(count: number): AsyncGenerator<Buffer>;
}

function createCursor(body: AsyncIterable<Uint8Array>, from: string): Cursor {
  const chunks = body[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  const take = (atMost: number): Buffer => {
    const taken = held.subarray(0, atMost);
    held = held.subarray(taken.length);
    return taken;
  };
  const next: Cursor['next'] = async (atMost) => {
    while (held.length === 0) {
      const { done, value } = await chunks.next();
      if (done) return undefined;
      held = Buffer.from(value.buffer, value.byteOffset, value.length);
    }
    return take(atMost);
  };
  const some = async (atMost: number): Promise<Buffer> => {
    const piece = await next(atMost);
    if (piece === undefined) throw new PassingError(`${from} ended in the middle of an object`);
    return piece;
  };
  return {
    next,
    async whole(count) {
      if (held.length >= count) return take(count);
      const all = Buffer.allocUnsafe(count);
      for (let at = 0; at < count; ) at += (await some(count - at)).copy(all, at);
      return all;
    },
    async *pieces(count) {
      for (let left = count; left > 0; ) {
        const piece = await some(left);
        left -= piece.length;
        yield piece;
      }
    },
  };
}

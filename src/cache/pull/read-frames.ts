import { CacheError } from '../error.ts';
import { type ObjectName, objectFileName } from '../ostree/object-name.ts';
import { decodeFrames, FRAME_HEADER_BYTES } from '../wire/batch.ts';
import { PassingError } from './passing-error.ts';

/** One object of a batch. */
export interface ReadFrame {
  readonly name: ObjectName;
  readonly sizeBytes: number;
  /**
   * The stored bytes. In memory already where `isWhole`: it can be taken at any time. Otherwise to be read to its end before
   * the next frame is asked for.
   */
  readonly content: AsyncIterable<Uint8Array>;
  readonly isWhole: boolean;
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
  for (const name of asked) {
    const sizeBytes = await readHeader(bytes, name, from);
    const isWhole = sizeBytes <= wholeBytes;
    const content = isWhole ? given(await bytes.gather(sizeBytes)) : bytes.stream(sizeBytes);
    yield { name, sizeBytes, content, isWhole };
  }
  if ((await bytes.next(1)) === undefined) return;
  throw new CacheError('PROTOCOL', `${from} goes on behind the last object that was asked for`);
}

async function readHeader(bytes: Cursor, asked: ObjectName, from: string): Promise<number> {
  const header = Buffer.concat(await bytes.gather(FRAME_HEADER_BYTES));
  const [frame] = decodeFrames(header) ?? [];
  const isAsked = frame?.name.id === asked.id && frame.name.kind === asked.kind;
  if (frame === undefined || !isAsked) {
    const found = frame === undefined ? 'what is no object' : objectFileName(frame.name);
    throw new CacheError('PROTOCOL', `${from}: expected ${objectFileName(asked)}, found ${found}`);
  }
  if (frame.sizeBytes !== undefined) return frame.sizeBytes;
  throw new CacheError(
    'MISSING_OBJECT',
    `${from} does not have ${objectFileName(asked)}: the artifact is not complete there`,
  );
}

async function* given(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

interface Cursor {
  /** At least one byte and at most so many; `undefined` at the end. */
  next(atMost: number): Promise<Buffer | undefined>;
  gather(count: number): Promise<Buffer[]>;
  stream(count: number): AsyncGenerator<Buffer>;
}

function createCursor(body: AsyncIterable<Uint8Array>, from: string): Cursor {
  const chunks = body[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  const next: Cursor['next'] = async (atMost) => {
    while (held.length === 0) {
      const { done, value } = await chunks.next();
      if (done) return undefined;
      held = Buffer.from(value.buffer, value.byteOffset, value.length);
    }
    const taken = held.subarray(0, atMost);
    held = held.subarray(taken.length);
    return taken;
  };
  async function* stream(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      const piece = await next(left);
      if (piece === undefined) throw new PassingError(`${from} ended in the middle of an object`);
      left -= piece.length;
      yield piece;
    }
  }
  const gather: Cursor['gather'] = async (count) => {
    const pieces: Buffer[] = [];
    for await (const piece of stream(count)) pieces.push(piece);
    return pieces;
  };
  return { next, stream, gather };
}

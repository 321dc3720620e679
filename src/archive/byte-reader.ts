import { ArchiveError } from './error.ts';

/** Bytes taken from a stream in amounts that the reader chooses. The stream's chunks may be borrowed. */
export interface ByteReader {
  /** How many bytes have been taken. */
  readonly position: number;
  /** How many bytes can be taken without waiting. */
  readonly available: number;
  /** Waits until `count` bytes can be taken; false when the stream ends before. For small counts. */
  fill(count: number): Promise<boolean>;
  /** Takes up to `count` of the available bytes; they are only valid until the next `fill`. */
  take(count: number): Buffer;
  /** Takes `count` bytes, however many, and throws them away. False when the stream ends before. */
  skip(count: number): Promise<boolean>;
}

interface ByteReaderOptions {
  /** The stream may not have more bytes; more throw `LIMIT`. */
  readonly maxBytes: number;
  /** Told of all bytes that are taken or skipped, in order. */
  readonly onTake?: (bytes: Buffer) => void;
}

export function createByteReader(stream: AsyncIterator<Uint8Array>, options: ByteReaderOptions): ByteReader {
  let held: Buffer = Buffer.alloc(0);
  let total = 0;
  const more = async (): Promise<boolean> => {
    if (held.length > 0) held = Buffer.from(held); // of a chunk that the next one may take the place of
    const next = await stream.next();
    if (next.done) return false;
    total += next.value.length;
    if (total > options.maxBytes) {
      throw new ArchiveError('LIMIT', `The archive is larger than the ${options.maxBytes} bytes allowed`);
    }
    const { buffer, byteOffset, byteLength } = next.value;
    const chunk = Buffer.from(buffer, byteOffset, byteLength);
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    return true;
  };
  const take = (count: number): Buffer => {
    const taken = held.subarray(0, count);
    held = held.subarray(taken.length);
    if (taken.length > 0) options.onTake?.(taken);
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
      while (held.length < count) if (!(await more())) return false;
      return true;
    },
    take,
    async skip(count) {
      for (let left = count; ; ) {
        left -= take(left).length;
        if (left === 0) return true;
        if (!(await more())) return false;
      }
    },
  };
}

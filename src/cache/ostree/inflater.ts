import { createInflateRaw, type InflateRaw, inflateRawSync } from 'node:zlib';
import { CacheError } from '../error.ts';
import { require } from './decoding.ts';

const WHAT = 'file object';
const OUTPUT_BYTES = 64 * 1024;

const lengthProblem = (sizeBytes: number) => `its content is not the ${sizeBytes} bytes that its header says`;

/** zlib's own errors are about the bytes; anything else is not the object's fault. */
export function corruptDeflate(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ERR_BUFFER_TOO_LARGE')
    return new CacheError('CORRUPT_OBJECT', `this is no ${WHAT}: its content is larger than its header says`);
  if (!code.startsWith('Z_')) return error;
  return new CacheError('CORRUPT_OBJECT', `this is no ${WHAT}: its content is not compressed as it must be`, {
    cause: error,
  });
}

/** Unpacks content that is whole in memory. Throws `CORRUPT_OBJECT` unless it is exactly that long and ends with the bytes. */
export function inflateWhole(payload: Uint8Array, sizeBytes: number): Buffer {
  try {
    // One byte more than needed, or zlib would ask for a second piece of memory only to learn that there is nothing.
    const options = {
      info: true,
      chunkSize: Math.max(64, sizeBytes + 1),
      maxOutputLength: Math.max(1, sizeBytes),
    };
    // With `info` it says what it did; its types do not know.
    const { buffer, engine } = inflateRawSync(payload, options) as unknown as Inflated;
    require(buffer.length === sizeBytes, WHAT, lengthProblem(sizeBytes));
    require(engine.bytesWritten === payload.length, WHAT, 'there are bytes behind its content');
    return buffer;
  } catch (error) {
    throw corruptDeflate(error);
  }
}

interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/**
 * Unpacks content in the thread pool, piece by piece, and hands it out as it comes: never more than `sizeBytes`, and it
 * must end exactly where the bytes end.
 */
export class Inflater implements Disposable {
  readonly #inflate: InflateRaw = createInflateRaw({ chunkSize: OUTPUT_BYTES });
  readonly #sizeBytes: number;
  readonly #ended: Promise<void>;
  #hasEnded = false;
  #in = 0;
  #out = 0;

  constructor(sizeBytes: number, output: (content: Buffer) => void) {
    this.#sizeBytes = sizeBytes;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#ended = promise;
    promise.catch(() => undefined); // told to whoever writes or ends
    this.#inflate.on('error', (error) => reject(corruptDeflate(error)));
    this.#inflate.on('end', () => {
      this.#hasEnded = true;
      resolve();
    });
    this.#inflate.on('data', (content: Buffer) => {
      this.#out += content.length;
      if (this.#out <= sizeBytes) return output(content);
      this.#inflate.destroy(
        new CacheError('CORRUPT_OBJECT', `this is no ${WHAT}: ${lengthProblem(sizeBytes)}`),
      );
    });
  }

  /** Resolves when the piece is not needed any more. */
  async write(piece: Uint8Array): Promise<void> {
    if (piece.length === 0) return;
    this.#requireNoRest(this.#hasEnded ? 1 : 0);
    this.#in += piece.length;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#inflate.write(piece, (error) => (error ? reject(corruptDeflate(error)) : resolve()));
    // What is behind the end of the compressed content is never taken, and its write never answered.
    await Promise.race([promise, this.#ended]);
  }

  /** Resolves when everything was handed out and is as long as it must be. */
  async end(): Promise<void> {
    this.#inflate.end();
    await this.#ended;
    this.#requireNoRest(this.#in - this.#inflate.bytesWritten);
    require(this.#out === this.#sizeBytes, WHAT, lengthProblem(this.#sizeBytes));
  }

  [Symbol.dispose](): void {
    this.#inflate.destroy();
  }

  #requireNoRest(bytes: number): void {
    require(bytes === 0, WHAT, 'there are bytes behind its content');
  }
}

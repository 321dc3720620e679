import { createHash, type Hash } from 'node:crypto';
import { CacheError } from '../error.ts';
import { aboutObject, checkObject, requireId, requireSize } from './check-object.ts';
import { require } from './decoding.ts';
import { encodeHashedHeader } from './file-header.ts';
import { Inflater } from './inflater.ts';
import { type ObjectName, objectFileName } from './object-name.ts';
import { MAX_METADATA_BYTES } from './objects.ts';
import { StoredHead } from './stored-head.ts';
import { claimsMore, WHOLE_BYTES } from './whole.ts';

export interface VerifyOptions {
  /** Exactly how many bytes are stored. */
  readonly sizeBytes: number;
  /** The most that a file may have, stored and unpacked. */
  readonly maxBytes: number;
}

type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Checks a file object piece by piece. */
class FilezCheck implements Disposable {
  readonly #name: ObjectName;
  readonly #maxBytes: number;
  readonly #head = new StoredHead();
  #hash: Hash | undefined;
  #inflater: Inflater | undefined;
  #isLink = false;

  constructor(name: ObjectName, maxBytes: number) {
    this.#name = name;
    this.#maxBytes = maxBytes;
  }

  /** Resolves when the piece is not needed any more. */
  async write(piece: Uint8Array): Promise<void> {
    const payload = this.#hash === undefined ? this.#head.take(piece) : piece;
    if (payload === undefined) return;
    this.#hash ??= this.#start();
    require(!this.#isLink || payload.length === 0, 'file object', 'a symbolic link has content');
    await this.#inflater?.write(payload);
  }

  async end(): Promise<void> {
    this.#hash ??= this.#start();
    await this.#inflater?.end();
    requireId(this.#name, this.#hash.digest('hex'));
  }

  [Symbol.dispose](): void {
    this.#inflater?.[Symbol.dispose]();
  }

  #start(): Hash {
    const header = this.#head.decode();
    requireSize(this.#name, header.sizeBytes, this.#maxBytes);
    const hash = createHash('sha256').update(encodeHashedHeader(header));
    this.#isLink = header.target !== undefined;
    if (!this.#isLink)
      this.#inflater = new Inflater(header.sizeBytes, (content) => void hash.update(content));
    return hash;
  }
}

async function* verifyStream(name: ObjectName, stored: Pieces, maxBytes: number) {
  using check = new FilezCheck(name, maxBytes);
  for await (const piece of stored) {
    const checked = check.write(piece);
    checked.catch(() => undefined); // thrown below, after whoever reads us is done with the piece
    try {
      yield piece;
    } finally {
      await checked;
    }
  }
  await check.end();
}

async function* verifyWhole(name: ObjectName, stored: Pieces, options: VerifyOptions) {
  let whole: Buffer = Buffer.alloc(0);
  let filled = 0;
  let isChecked = false;
  for await (const piece of stored) {
    if (piece.length === options.sizeBytes) {
      // What comes in one piece, as it does where a receiver has it in memory, is checked where it is.
      await checkWhole(name, asBuffer(piece), options);
      isChecked = true;
    } else {
      if (whole.length === 0) whole = Buffer.allocUnsafe(options.sizeBytes);
      whole.set(piece, filled);
    }
    filled += piece.length;
    yield piece;
  }
  if (!isChecked) await checkWhole(name, whole, options);
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

async function checkWhole(
  name: ObjectName,
  whole: Buffer,
  { maxBytes }: Pick<VerifyOptions, 'maxBytes'>,
): Promise<void> {
  // A file that claims to be large and is stored in a few bytes is nothing for memory.
  const isSmall = whole.length <= WHOLE_BYTES && !claimsMore(whole);
  if (name.kind !== 'filez' || isSmall) return checkObject(name, whole, maxBytes);
  for await (const _ of verifyStream(name, [whole], maxBytes));
}

/** Passes on what has exactly that many bytes. */
async function* exactly(
  name: ObjectName,
  stored: Pieces,
  sizeBytes: number,
): AsyncGenerator<Uint8Array, void> {
  let left = sizeBytes;
  const wrong = () =>
    new CacheError(
      'CORRUPT_OBJECT',
      `the object ${objectFileName(name)} has not the ${sizeBytes} bytes that were announced`,
    );
  for await (const piece of stored) {
    left -= piece.length;
    if (left < 0) throw wrong();
    yield piece;
  }
  if (left > 0) throw wrong();
}

/**
 * Passes the stored bytes of an object through as they are, and checks them meanwhile: the digest (of a file's unpacked
 * content), the format, the size, that compressed content ends with the bytes and is no bomb. It ends only if all is
 * well; else it throws `CORRUPT_OBJECT` or `TOO_LARGE`, at the end or earlier. Pieces are borrowed: each is looked at only
 * until the next is asked for. Stopping early is safe.
 */
export async function* verifyObject(
  name: ObjectName,
  stored: AsyncIterable<Uint8Array>,
  options: VerifyOptions,
): AsyncGenerator<Uint8Array, void> {
  const { sizeBytes, maxBytes } = options;
  const isFile = name.kind === 'filez';
  requireSize(name, sizeBytes, isFile ? maxBytes : MAX_METADATA_BYTES);
  const pieces = exactly(name, stored, sizeBytes);
  const isStream = isFile && sizeBytes > WHOLE_BYTES;
  try {
    yield* isStream ? verifyStream(name, pieces, maxBytes) : verifyWhole(name, pieces, options);
  } catch (error) {
    throw aboutObject(name, error);
  }
}

/** The same for an object whose bytes are all there; they are only looked at until it resolves. */
export async function verifyWholeObject(
  name: ObjectName,
  stored: Uint8Array,
  { maxBytes }: Pick<VerifyOptions, 'maxBytes'>,
): Promise<void> {
  requireSize(name, stored.length, name.kind === 'filez' ? maxBytes : MAX_METADATA_BYTES);
  try {
    await checkWhole(name, asBuffer(stored), { maxBytes });
  } catch (error) {
    throw aboutObject(name, error);
  }
}

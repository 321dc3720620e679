import { createInflateRaw, type InflateRaw } from 'node:zlib';
import type { StoredBytes } from '../repository/repository.ts';
import { decodeFilez } from './check-object.ts';
import { require } from './decoding.ts';
import { corruptDeflate } from './inflater.ts';
import type { FileHeader } from './objects.ts';
import { StoredHead } from './stored-head.ts';
import { claimsMore, WHOLE_BYTES } from './whole.ts';

/** A file object that is being read. Its content can be read once; dispose it in any case. */
export interface OpenFilez extends AsyncDisposable {
  readonly header: FileHeader;
  /** Unpacked: exactly `header.sizeBytes`, or it throws `CORRUPT_OBJECT`. Pieces are the reader's own. */
  readonly content: AsyncIterable<Buffer>;
}

/** Gives the compressed bytes to zlib one piece at a time; resolves to how many there were. */
async function feed(
  inflate: InflateRaw,
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): Promise<number> {
  const ended = new Promise<void>((resolve) => inflate.once('end', resolve).once('close', resolve));
  let fed = 0;
  let next: IteratorResult<Uint8Array> = { done: false, value: first };
  for (; next.done !== true; next = await rest.next()) {
    const piece: Uint8Array = next.value;
    fed += piece.length;
    if (inflate.readableEnded || inflate.destroyed) continue; // the sum will not fit
    const taken = new Promise<void>((resolve) => inflate.write(piece, () => resolve()));
    // What is behind the end of the compressed content is never taken, and its write never answered.
    await Promise.race([taken, ended]);
  }
  inflate.end();
  return fed;
}

/** Unpacks what comes behind the head, as fast as it is taken. */
async function* inflateRest({ sizeBytes }: FileHeader, first: Uint8Array, rest: AsyncIterator<Uint8Array>) {
  const inflate = createInflateRaw({ chunkSize: 64 * 1024 });
  const feeding = feed(inflate, first, rest);
  feeding.catch((error: unknown) =>
    inflate.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  const problem = `its content is not the ${sizeBytes} bytes that its header says`;
  let out = 0;
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) {
      out += piece.length;
      require(out <= sizeBytes, 'file object', problem);
      yield piece;
    }
    require(out === sizeBytes, 'file object', problem);
    require((await feeding) === inflate.bytesWritten, 'file object', 'there are bytes behind its content');
  } catch (error) {
    throw corruptDeflate(error);
  } finally {
    inflate.destroy();
  }
}

async function collect(stored: StoredBytes): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stored) pieces.push(Buffer.from(piece));
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

async function* one(content: Buffer): AsyncGenerator<Buffer, void> {
  if (content.length > 0) yield content;
}

type Opened = Pick<OpenFilez, 'header' | 'content'>;

async function openStream(pieces: AsyncIterator<Uint8Array>): Promise<Opened> {
  const head = new StoredHead();
  let payload: Uint8Array | undefined;
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
    payload = head.take(next.value);
    if (payload !== undefined) break;
  }
  const header = head.decode();
  require(header.target === undefined, 'file object', 'a symbolic link has content');
  return { header, content: inflateRest(header, payload ?? Buffer.alloc(0), pieces) };
}

async function openContent(stored: StoredBytes): Promise<Opened> {
  if (stored.sizeBytes > WHOLE_BYTES) return openStream(stored[Symbol.asyncIterator]());
  const bytes = await collect(stored);
  if (claimsMore(bytes)) return openStream(one(bytes));
  const { header, content } = decodeFilez(bytes);
  return { header, content: one(content) };
}

/**
 * Opens a file object to read what is in it, and takes over `stored`: both are disposed of together. Nothing is checked
 * against an id. Throws `CORRUPT_OBJECT`, `TOO_LARGE`; memory stays within some hundred KiB whatever the object claims.
 */
export async function openFilez(stored: StoredBytes): Promise<OpenFilez> {
  try {
    const opened = await openContent(stored);
    return { ...opened, [Symbol.asyncDispose]: () => stored[Symbol.asyncDispose]() };
  } catch (error) {
    await stored[Symbol.asyncDispose]();
    throw error;
  }
}
